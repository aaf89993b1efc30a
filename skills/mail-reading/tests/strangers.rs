//! Mails as strangers write them.

use std::collections::BTreeMap;

use mail_reading::{Class, Mail, read};
use skillhost_language::Anchor;

/// A working day in November.
const NOW_MS: i64 = 1_795_080_600_000;

#[rustfmt::skip]
const STRANGERS: &[(Class, &str, &str)] = &[
    (Class::NeedsResponse, "Re: Fernwell", "Ines, quick one. The spec sheet says IP65 but your engineer told us IP67 on site. We're hosing down twice a day so it matters.\nJo"),
    (Class::NeedsResponse, "Re: Order 4410", "Morning. Boxes arrived but two of the brackets are bent and there's no key for the cabinet. Our fitter is here until 3.\nJo"),
    (Class::NeedsResponse, "Re: renewal", "I've read the renewal letter three times and I still can't work out what we pay in year two.\nJo"),
    (Class::NeedsResponse, "Access", "Hi there, our new starter Kieran needs a login before Monday, same rights as mine. Thanks in advance!\nJo"),
    (Class::NeedsResponse, "Re: Fernwell", "The board would like to see two references from food manufacturers of our size before it goes any further.\nJo"),
    (Class::NeedsResponse, "Re: Fernwell", "Interesting, but how do you compare with Tempcore? They were in last week and reckon their batteries last twice as long.\nJo"),
    (Class::NeedsResponse, "Re: invoice 2214", "Our accounts lady says you've charged VAT and we're exempt. She won't release payment until there's a new invoice.\nJo"),
    (Class::NeedsResponse, "Certificate", "Dear Sir, for our audit on 14 December we require the calibration certificates of all probes, serial numbers attached.\nRegards, Jo"),
    (Class::NeedsResponse, "Re: Fernwell", "Not sure yet to be honest. What happens to the readings if the internet goes down? That's the one thing that would put me off.\nJo"),
    (Class::NeedsResponse, "Re: Fernwell", "You said somebody would be out by Wednesday. It's Friday.\nJo"),
    (Class::NeedsResponse, "Re: Fernwell", "Our IT people want to know which ports you need open, and whether it talks to anything outside the EU.\nJo"),
    (Class::NeedsResponse, "Re: draft", "I've marked up the draft. Clauses 4 and 11 are the ones our lawyer won't wear. Have a look and tell me what you can live with.\nJo"),
    (Class::NeedsResponse, "Help", "alarm keeps going off at 3am every night, nothing wrong with the fridge!! wife is going to leave me\nJo"),
    (Class::NeedsResponse, "Re: Fernwell", "Do I have to give notice or does the pilot just end by itself on the 30th?\nJo"),
    (Class::NeedsResponse, "Re: Fernwell", "Thanks for sending those. Page 3 is missing from the PDF, it jumps from 2 to 4.\nJo"),
    (Class::NeedsResponse, "Re: Fernwell", "We like it, but the sticking point is the three year term. If there's any give there I can take it back to them.\nJo"),
    (Class::NeedsResponse, "Refund", "We returned the gateway on 2 October and have seen no credit. Reference RMA 118. I expect to hear by the end of the week.\nJo"),
    (Class::NeedsResponse, "Re: Fernwell", "Could you send me that photo again of the sensor in the ceiling void? I've managed to delete it.\nJo"),
    (Class::NeedsResponse, "Re: Fernwell", "Is there a reason nobody picks up your support line? Rang four times today.\nJo"),
    (Class::NeedsResponse, "Supplier form", "Hello, to set you up as a supplier we need your bank details on headed paper, a copy of your insurance and the attached form filled in.\nJo, Accounts Payable"),
    (Class::NeedsResponse, "Re: Fernwell", "Hmm. On what basis did you get to 40k a year in wasted stock? My figure is nearer 12.\nJo"),
    (Class::NeedsResponse, "Re: Fernwell", "One thing Mr Okafor raised: who owns the data when we leave?\nJo"),
    (Class::PositiveReply, "Re: Fernwell", "Right then. I've had the conversation with the partners and they've stopped arguing. Crack on, and tell me who to send the deposit to.\nJo"),
    (Class::PositiveReply, "Re: Fernwell", "Had a good chat with Sanjay last night. He's in, I'm in. What's next?\nJo"),
    (Class::PositiveReply, "Re: Fernwell", "Ok ok you win. Send it over and I'll put my name on it before I change my mind.\nJo"),
    (Class::PositiveReply, "Re: quote 771", "Please take this email as our official order for option 2, delivery to the Ipswich yard. PO number 90-4471.\nJo"),
    (Class::PositiveReply, "Re: quote 771", "Happy with all that. I'll get it signed tonight and back to you in the morning.\nJo"),
    (Class::PositiveReply, "Re: Fernwell", "The finance committee met yesterday and your proposal went through without a murmur, which I have never seen before.\nJo"),
    (Class::PositiveReply, "Re: Fernwell", "Sounds exactly like the headache we've got. I'm all ears.\nJo"),
    (Class::PositiveReply, "Re: trial", "Three weeks in and the lads won't give it back. So we'll be keeping all twelve.\nJo"),
    (Class::PositiveReply, "Re: Fernwell", "Contract's in the post, signed. Took long enough, sorry about that.\nJo"),
    (Class::PositiveReply, "Re: Fernwell", "It's a yes from us, pending nothing. Legal are happy.\nJo"),
    (Class::PositiveReply, "Re: Fernwell", "Never thought I'd say this after the last lot, but we want you to do all five stores.\nJo"),
    (Class::PositiveReply, "Re: Fernwell", "Very much so. This has been on my list for two years and nobody had an answer for it until you wrote.\nJo"),
    (Class::PositiveReply, "Re: Fernwell", "Dear Ines, I am pleased to inform you that the management has validated your offer. We will send the order next week.\nJo"),
    (Class::PositiveReply, "Re: Fernwell", "k do it\nJo"),
    (Class::PositiveReply, "Re: Fernwell", "We were going to go with Tempcore and had the pen in our hand. Then theirs failed in the demo. So it's you, with my apologies for the run-around.\nJo"),
    (Class::NegativeReply, "Re: Fernwell", "Thanks Ines but the owners have told us no new spending before the sale completes, so I'm going to have to leave you hanging. Ask me again next summer.\nJo"),
    (Class::NegativeReply, "Re: Fernwell", "You came second I'm afraid, and it was close. The other lot could install before Christmas.\nJo"),
    (Class::NegativeReply, "Re: Fernwell", "I'll be straight with you, it's not for us. Lovely bit of kit though.\nJo"),
    (Class::NegativeReply, "Re: Fernwell", "We already get this from our refrigeration contractor as part of the service so there'd be no point paying twice.\nJo"),
    (Class::NegativeReply, "Re: Fernwell", "Too rich for my blood love. Good luck.\nJo"),
    (Class::NegativeReply, "Re: Fernwell", "Following our evaluation we will not be taking your solution forward to the next stage. We thank you for your participation.\nJo"),
    (Class::NegativeReply, "Re: Fernwell", "The project's been canned. New MD, new broom. Sorry you did all that work for nothing.\nJo"),
    (Class::NegativeReply, "Re: Fernwell", "Nah mate, you're alright.\nJo"),
    (Class::NegativeReply, "Re: Fernwell", "I appreciate you following up. At the moment we have bigger fires to put out and this isn't one I can take on. Perhaps give it a year.\nJo"),
    (Class::NegativeReply, "Re: Fernwell", "Having slept on it I think we'll stick with the clipboard. It's cheap and it doesn't need charging.\nJo"),
    (Class::NegativeReply, "Re: Fernwell", "We've signed for three years with Monitra. Should have told you sooner.\nJo"),
    (Class::NegativeReply, "Re: Fernwell", "Ines, I've been putting off writing this. Head office has imposed one supplier on all of the branches and it isn't you.\nJo"),
    (Class::NegativeReply, "Re: Fernwell", "Thanks for the info. Doesn't really apply to us as we closed the cold store in 2024.\nJo"),
    (Class::Unsubscribe, "Re: Fernwell", "This is the fourth one of these. I never asked for them. Take me off.\nJo"),
    (Class::Unsubscribe, "Re: Fernwell", "Kindly note that I do not wish to be contacted by your company again.\nJo"),
    (Class::Unsubscribe, "Re: Fernwell", "no. and don't email me again\nJo"),
    (Class::Unsubscribe, "Re: Fernwell", "How did you get this address? Whatever list I'm on, get me off it.\nJo"),
    (Class::Unsubscribe, "Re: Fernwell", "Please delete my details. I retired in 2023 and have no use for any of this.\nJo"),
    (Class::Unsubscribe, "Re: Fernwell", "STOP\n\nSent from my iPhone"),
    (Class::Unsubscribe, "Re: Fernwell", "I've asked nicely. One more and it goes to the ICO.\nJo"),
    (Class::InternalForward, "Re: Fernwell", "Hello Ines, that'd be Moira's department these days. She's on 01632 960 144 or moira.pike@globex.example.\nJo"),
    (Class::InternalForward, "Re: Fernwell", "I only do the rotas! The person you're after is Gareth Lund, our facilities manager.\nJo"),
    (Class::InternalForward, "Re: Fernwell", "Adding Stefan here who will be picking this up from our side. Stefan, Ines is the one I told you about.\nJo"),
    (Class::InternalForward, "Fwd: Re: Fernwell", "@Ines see below from our plant team.\n\n---------- Forwarded message ---------\nFrom: Bill Shaw <bill@globex.example>\nDate: Tue, 17 Nov 2026\nSubject: Re: Fernwell\nTo: Jo\n\nWe would be up for testing it on line 2.\n"),
    (Class::InternalForward, "Re: Fernwell", "I no longer look after the northern sites. Best to go through Priya (priya.nair@globex.example), I've let her know you'll be in touch.\nJo"),
    (Class::InternalForward, "Re: Fernwell", "wrong jo! u want jo.barker@globex.example\nJo"),
    (Class::InternalForward, "Re: Fernwell", "This sits with group procurement in Lyon. Their mailbox is achats@globex.example, I can't do anything from here.\nJo"),
    (Class::InternalForward, "Re: Fernwell", "Thanks. I have handed your letter to our technical director, Dr. Weiss, who decides about such things.\nJo"),
    (Class::MeetingRequest, "Re: Fernwell", "Worth twenty minutes I'd say. Thursday after 4 or any time Friday.\nJo"),
    (Class::MeetingRequest, "Re: Fernwell", "I'm in Bristol on the 3rd and 4th, could drop in on you if someone's about?\nJo"),
    (Class::MeetingRequest, "Re: Fernwell", "Something's cropped up tomorrow, can we shove it to next week?\nJo"),
    (Class::MeetingRequest, "Re: Fernwell", "Rather than go back and forth by email shall we just talk? My mobile's 07700 900 233.\nJo"),
    (Class::MeetingRequest, "Re: Fernwell", "Tuesday 10 works. Send an invite to me and Helen.\nJo"),
    (Class::MeetingRequest, "Re: Fernwell", "Would you be willing to come and explain it to our farm managers? They meet on the first Monday of the month.\nJo"),
    (Class::MeetingRequest, "Re: Fernwell", "What does your diary look like the week of the 7th?\nJo"),
    (Class::MeetingRequest, "Re: Fernwell", "I would be grateful for a demonstration at our premises, preferably in the mornings.\nJo"),
    (Class::MeetingRequest, "Re: Fernwell", "Running late with the budget round, can't make 2 o'clock. Is 4 any use?\nJo"),
    (Class::MeetingRequest, "Re: Fernwell", "Give me a bell when you get a sec, easier than typing.\nJo"),
    (Class::ProposalRequest, "Re: Fernwell", "We're after a price for six chillers and two walk-in freezers, installed, with a year of monitoring.\nJo"),
    (Class::ProposalRequest, "Re: Fernwell", "If you can let me have something formal by Thursday I can table it at the partners' meeting. Eight rooms, as discussed.\nJo"),
    (Class::ProposalRequest, "Re: Fernwell", "Please could you rework the quote without the cellular option and with 15 sensors instead of 10?\nJo"),
    (Class::ProposalRequest, "Tender", "You are invited to tender for temperature monitoring at four sites. Documents attached, return by noon on 11 December.\nJo"),
    (Class::ProposalRequest, "Re: Fernwell", "My boss wants it in black and white, what would it cost us for the three warehouses?\nJo"),
    (Class::ProposalRequest, "Enquiry", "hello do u do monitoring for reptile houses? need rough price for 9 vivariums and a incubator room\nJo"),
    (Class::ProposalRequest, "Re: Fernwell", "Kindly send your commercial offer including delivery terms CIF Mombasa.\nJo"),
    (Class::InfoOnly, "Re: Fernwell", "All received, thanks. It's with the committee now and they don't sit until January.\nJo"),
    (Class::InfoOnly, "Re: Fernwell", "Ha, fair enough. Enjoy Lisbon!\nJo"),
    (Class::InfoOnly, "Re: Fernwell", "Thank you for your visit yesterday, the team found it useful. We'll discuss internally and revert.\nJo"),
    (Class::InfoOnly, "Re: Fernwell", "Just so you know we've changed our name to Harrow Foods as of this week, same people same building.\nJo"),
    (Class::InfoOnly, "Re: Fernwell", "Paid this morning, should be with you tomorrow.\nJo"),
    (Class::InfoOnly, "Re: ticket 5512", "Sorted, it was our router. Sorry to have bothered you.\nJo"),
    (Class::InfoOnly, "Re: Fernwell", "Noted with thanks.\nJo"),
    (Class::InfoOnly, "Re: Fernwell", "No need to reply, just wanted to say your engineer was a delight. He even swept up.\nJo"),
    (Class::InfoOnly, "Your subscription", "Your card ending 4421 was charged 29.00. Manage your plan in the billing portal. The Planly team"),
    (Class::InfoOnly, "quick question about Fernwell", "Hi Ines, most sales leaders I speak to tell me their reps waste 6 hours a week on admin. We built Callwise to fix exactly that. Teams like Nordmeter saved 30% in a month. Open to a 15 min chat next week?\nBrad"),
    (Class::InfoOnly, "Re: Fernwell", "Minutes of Tuesday attached for your files. Nothing for you in there that you don't know.\nJo"),
    (Class::InfoOnly, "Re: Fernwell", "We're nearly there, finance are just finishing the cost centre codes. Bear with me.\nJo"),
    (Class::InfoOnly, "Re: Fernwell", "Thanks Ines, I'll have a look at it over the weekend.\nJo"),
    (Class::InfoOnly, "Re: Fernwell", "My apologies for going quiet, half of the office is down with flu. You'll hear from me in December.\nJo"),
    (Class::OutOfOffice, "Re: Fernwell", "Thanks, I'm in Portugal until the 30th with no laptop, will pick this up then.\nJo"),
    (Class::OutOfOffice, "Re: Fernwell", "On paternity leave, back 7 December!\nJo"),
    (Class::OutOfOffice, "Re: Fernwell", "Signed off sick till the new year I'm afraid. Doctor's orders.\nJo"),
];

#[test]
fn mails_of_strangers() {
    let headers = BTreeMap::new();
    let anchor = Anchor::or_utc(NOW_MS, "Europe/London");
    let domains = ["fernwell.example".to_owned()];
    let names = ["Fernwell".to_owned(), "Ines Calder".to_owned()];
    let wrong: Vec<String> = STRANGERS
        .iter()
        .filter_map(|(class, subject, body)| {
            let mail = Mail {
                from: "jo@globex.example",
                from_name: "Jo Sample",
                subject,
                body,
                headers: &headers,
                answers: true,
                own_domains: &domains,
                own_names: &names,
            };
            let reading = read(&mail, &anchor);
            let found = reading.class;
            (found != *class).then(|| format!("{body:?} is {found:?} and not {class:?}: {:?} {:?}", reading.quote, reading.also.iter().map(|a| (a.class, &a.quote)).collect::<Vec<_>>()))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
