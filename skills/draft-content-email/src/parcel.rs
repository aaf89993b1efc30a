//! Documents and prices, listed.

use deal_record::Selection;
use meeting_record::one_line;

use crate::Sent;
use crate::asked::said_back;

pub(crate) fn sent(selection: &Selection, today: &str) -> Sent {
    let mut paragraphs = vec![said_back(selection)];
    let linked: Vec<String> = selection
        .chosen
        .iter()
        .filter_map(|chosen| Some((chosen, chosen.url.as_ref()?)))
        .map(|(chosen, url)| format!("- {}\n  {url}", described(&chosen.name, &chosen.description)))
        .collect();
    if !linked.is_empty() {
        paragraphs.push(linked.join("\n"));
    }
    for chosen in &selection.chosen {
        if let Some(text) = &chosen.text {
            paragraphs.push(format!("{}\n\n{}", one_line(&chosen.name), text.trim()));
        }
    }
    if !selection.prices.is_empty() {
        let lines: Vec<String> = selection
            .prices
            .iter()
            .map(|price| match &price.url {
                Some(url) => format!("- {}: {}\n  {url}", one_line(&price.name), price.price),
                None => format!("- {}: {}", one_line(&price.name), price.price),
            })
            .collect();
        paragraphs.push(format!("Prices as of {today}:\n{}", lines.join("\n")));
    }
    paragraphs.push("Does this answer it, or is something missing?".to_owned());
    let used = selection
        .chosen
        .iter()
        .map(|chosen| format!("template:{}", chosen.template_id))
        .chain(selection.prices.iter().map(|price| format!("product:{}", price.product_id)))
        .collect();
    Sent { subject: subject(selection), paragraphs, attachments: Vec::new(), used }
}

/// `Name: what its keeper says of it`.
fn described(name: &str, description: &str) -> String {
    let (name, description) = (one_line(name), one_line(description));
    if description.is_empty() { name } else { format!("{name}: {description}") }
}

fn subject(selection: &Selection) -> String {
    let names: Vec<String> = selection
        .chosen
        .iter()
        .map(|chosen| one_line(&chosen.name))
        .chain(selection.prices.iter().map(|price| format!("the price of {}", one_line(&price.name))))
        .collect();
    let what = if selection.kind == "pricing" { "The prices you asked for" } else { "The documents you asked for" };
    match names.as_slice() {
        [one] => meeting_record::capitalised(one),
        [one, other] => meeting_record::capitalised(&format!("{one} and {other}")),
        _ => what.to_owned(),
    }
}
