//! Sentences of many trades for each topic, and what only sounds like them.
//!
//! A row of a table is kept by its family, not by one sentence: to change a row, say the
//! same here in three other ways first.
#![allow(clippy::unwrap_used)]

use super::Direction::{Negative, Neutral, Positive};
use super::Topic::{Authority, Budget, Competition, MultiStakeholder, Need, Objection, Timeline};
use super::*;
use crate::sentence::sentences;

fn read(text: &str) -> Vec<(Topic, Direction)> {
    sentences(text).iter().flat_map(signals).map(|s| (s.topic, s.direction())).collect()
}

/// Each sentence says this of the topic, whatever else it says.
fn says(topic: Topic, sentences: &[(&str, Direction)]) {
    for (text, direction) in sentences {
        let found = read(text);
        assert!(found.contains(&(topic, *direction)), "{text}: {found:?}");
    }
}

fn says_nothing(sentences: &[&str]) {
    for text in sentences {
        assert_eq!(read(text), [], "{text}");
    }
}

#[test]
fn what_is_lost_breaks_or_is_done_by_hand_is_a_need() {
    says(
        Need,
        &[
            ("We throw out maybe forty kilos of salad every single day.", Positive),
            ("Honestly the scheduling eats up my whole Sunday.", Positive),
            ("My guys spend half the morning looking for tools.", Positive),
            ("It takes us about three weeks to onboard a new driver.", Positive),
            ("We had two recalls last year because nobody could trace the batch.", Positive),
            ("Half the time the numbers in the system are wrong.", Positive),
            ("Every time somebody calls in sick the whole roster falls apart.", Positive),
            ("Our current software crashes whenever more than five people log in.", Positive),
            ("Customers complain that they never hear back from us.", Positive),
            ("We keep running out of gloves in the middle of a shift.", Positive),
            ("we type every order in twice once in the shop and once in the books", Positive),
            ("It's all done on paper and then my wife types it up.", Positive),
            ("Last month we paid nine thousand in fines because a permit lapsed.", Positive),
            ("The phones ring off the hook and nobody can tell them where their order is.", Positive),
            ("We've no idea who is in the building at any given moment.", Positive),
            ("Right now it's a total guessing game.", Positive),
            ("we lost a big account over it in the spring", Positive),
            ("The nurses waste so much time walking back and forth.", Positive),
            ("We are always firefighting.", Positive),
            ("I have three people doing nothing but copying data from one screen to the other.", Positive),
            ("Patients wait forty minutes on average and they get angry.", Positive),
            ("What kills us is the changeover, two hours each time.", Positive),
            ("It's a pain, we re-enter everything by hand.", Positive),
            ("We can't see what our reps are doing in the field.", Positive),
            ("Things fall through the cracks all the time.", Positive),
            ("turnover is killing us we hire ten people and six are gone by summer", Positive),
            ("We turned away four weddings because we couldn't tell if the room was free.", Positive),
            ("the machines stand still for two hours every time the tool breaks", Positive),
            ("Our biggest headache is returns.", Positive),
            ("We waste about twelve percent of the fabric.", Positive),
            ("That would save my team hours every week.", Positive),
            ("This is exactly what we've been looking for.", Positive),
            ("Since we put in the new doors, the complaints have stopped.", Positive),
            ("Our drivers love it, they don't want to go back.", Positive),
            ("We're pretty happy with what we've got, to be honest.", Negative),
            ("Our current provider does a fine job.", Negative),
            ("I don't really see why we would need another tool.", Negative),
            ("The crew sits in the truck for an hour because the permits aren't there.", Positive),
            ("Our error rate is about six percent and every error means a call.", Positive),
            ("We can't find anybody who still knows how to run that machine.", Positive),
            ("The heating bill doubled since last winter.", Positive),
            ("We overbooked three times in August.", Positive),
            ("It's embarrassing, guests stand in front of a locked door.", Positive),
            ("My accountant spends two days a month just matching receipts.", Positive),
            ("Deliveries go missing at least once a week.", Positive),
            ("We have to redo about a third of the labels.", Positive),
            ("the scanner dies after two hours and then were back to pen and paper", Positive),
            ("Nobody follows up on the leads.", Positive),
            ("Teachers are drowning in paperwork.", Positive),
            ("Half our beds are empty on weekdays.", Positive),
            ("Old system goes down, everybody goes home.", Positive),
            ("We got fined by the health inspector in June.", Positive),
            ("I'm tired of explaining to customers why it's late.", Positive),
            ("It saves me at least an afternoon a week.", Positive),
            ("Sick leave has gone through the roof.", Positive),
            ("We don't even know how much water we use.", Positive),
            ("Parents keep calling the office about the bus.", Positive),
            ("Every quote takes me two evenings.", Positive),
            ("We just bought a new one last year, so there's no need right now.", Negative),
            ("Honestly, our spreadsheet does the job.", Negative),
        ],
    );
}

#[test]
fn money_has_many_names() {
    says(
        Budget,
        &[
            ("We don't have that kind of money.", Negative),
            ("There's nothing left in the pot until the new fiscal year.", Negative),
            ("That's way over what we had in mind.", Negative),
            ("We've been told to cut ten percent across the board.", Negative),
            ("I was hoping for something closer to five thousand.", Negative),
            ("Money is tight after the flood.", Negative),
            ("our budget got slashed in september", Negative),
            ("We can't stretch to that this year.", Negative),
            ("That is double what we pay now.", Negative),
            ("The funding came through last week.", Positive),
            ("We've got about sixty thousand set aside for it.", Positive),
            ("The grant covers it.", Positive),
            ("My boss already signed off on the money.", Positive),
            ("Budget's not the issue.", Positive),
            ("The board approved the spend in March.", Positive),
            ("That number works for us.", Positive),
            ("It's a lot of money for a small club like ours.", Negative),
            ("The county cut our funding by a quarter.", Negative),
            ("We've already spent this year's money.", Negative),
            ("I couldn't go above eight hundred a month.", Negative),
            ("Too rich for my blood.", Negative),
            ("I've got the money, that's not it.", Positive),
            ("We put fifty thousand in the plan for next year.", Positive),
            ("They gave us a grant of twenty thousand for exactly that.", Positive),
        ],
    );
}

#[test]
fn events_press_as_dates_do() {
    says(
        Timeline,
        &[
            ("We have to be up and running by the first of April.", Positive),
            ("The old contract is up in June so it has to be done before then.", Positive),
            ("How quickly could you get somebody out here?", Positive),
            ("We open the new site in nine weeks.", Positive),
            ("I want this in before harvest.", Positive),
            ("we need this sorted before the summer rush", Positive),
            ("The auditors come in May and I'd like it working by then.", Positive),
            ("Our lease runs out at the end of the year.", Positive),
            ("If possible I'd like to start next month.", Positive),
            ("We want to go live in Q1.", Positive),
            ("Nothing's going to happen on our side until after the merger.", Negative),
            ("Let's pick this up again in the fall.", Negative),
            ("We're in no hurry, to be honest.", Negative),
            ("That would be something for next year.", Negative),
            ("I can't look at this before the season is over.", Negative),
            ("We'd rather wait until the new manager starts.", Negative),
            ("The new law kicks in on January first, so we need it by then.", Positive),
            ("We'd have to be ready when school starts.", Positive),
            ("The sooner the better, frankly.", Positive),
            ("Can it be installed before Easter?", Positive),
            ("Not before summer, we're rebuilding the whole hall.", Negative),
            ("Call me again after the elections.", Negative),
            ("We're swamped until January.", Negative),
        ],
    );
}

#[test]
fn who_decides() {
    says(
        Authority,
        &[
            ("I sign the checks around here.", Positive),
            ("It's my decision at the end of the day.", Positive),
            ("I don't need anybody's permission for that.", Positive),
            ("I've got sign-off up to twenty thousand.", Positive),
            ("You're talking to the owner, so yes or no comes from me.", Positive),
            ("I'm not the one who decides, I only collect the offers.", Negative),
            ("That's above my level.", Negative),
            ("Anything over five grand goes to the regional director.", Negative),
            ("I can only recommend it.", Negative),
            ("I can decide that on my own.", Positive),
            ("What I say goes.", Positive),
            ("I don't make those calls, my father does.", Negative),
        ],
    );
}

#[test]
fn who_else_has_a_say() {
    says(
        MultiStakeholder,
        &[
            ("I'd have to talk it over with my brother first.", Neutral),
            ("Our works council needs to agree to anything like that.", Neutral),
            ("Legal will want to look at the contract.", Neutral),
            ("My husband and I decide these things together.", Neutral),
            ("The board has to vote on it.", Neutral),
            ("IT needs to bless it before we can install anything.", Neutral),
            ("I need to get our CFO on board.", Neutral),
            ("let me run it past the head of nursing", Neutral),
            ("Both partners have to sign.", Neutral),
            ("We'd want our accountant to look at it.", Neutral),
            ("My boss will ask me what it does for the drivers.", Neutral),
            ("It has to go through procurement.", Neutral),
            ("My partner has to like it too.", Neutral),
            ("I'd want the head chef to see it first.", Neutral),
            ("Purchasing gets involved above ten thousand.", Neutral),
            ("The landlord would have to say yes.", Neutral),
            ("Let me check with my foreman whether he wants it.", Neutral),
        ],
    );
}

#[test]
fn other_vendors_are_seldom_called_so() {
    says(
        Competition,
        &[
            ("We've got two other quotes on the table.", Negative),
            ("Another company offered us the same thing for less.", Negative),
            ("Your competitor was here on Monday.", Negative),
            ("We're also talking to a firm from Denmark.", Negative),
            ("the other vendor throws in the training for free", Negative),
            ("We looked at Siemens as well.", Negative),
            ("They're cheaper than you by about a third.", Negative),
            ("I've had a demo from somebody else last week.", Negative),
            ("We're comparing you with two others.", Negative),
            ("I'm leaning towards the Dutch ones.", Negative),
            ("The guys from Bosch were here yesterday.", Negative),
            ("We're also in talks with a local firm.", Negative),
            ("There's a cheaper one on the internet.", Negative),
            ("They do the same for nine euros.", Negative),
        ],
    );
}

#[test]
fn doubts_and_faults() {
    says(
        Objection,
        &[
            ("I'm not sure it can handle our volume.", Negative),
            ("What worries me is the training.", Negative),
            ("My people are not good with computers.", Negative),
            ("It seems complicated.", Negative),
            ("That sounds like a lot of work for us.", Negative),
            ("Three years is too long for me.", Negative),
            ("I don't want to be locked in.", Negative),
            ("We've been burned before by a system like this.", Negative),
            ("The crew won't wear it.", Negative),
            ("Your support never calls back.", Negative),
            ("The app is too slow on the old phones.", Negative),
            ("I don't believe the numbers.", Negative),
            ("That doesn't work for us, we have no internet down there.", Negative),
            ("It doesn't talk to our accounting system.", Negative),
            ("I'm a bit nervous about putting all that in the cloud.", Negative),
            ("The reviews I read weren't great.", Negative),
            ("Honestly I don't think it's worth it.", Negative),
            ("How do I know it won't break in the first week?", Negative),
            ("I've heard bad things about the service.", Negative),
            ("My drivers will never go for that.", Negative),
            ("Putting our patients' data on a foreign server is a problem for us.", Negative),
            ("It looks flimsy to me.", Negative),
            ("We tried something like this and it was a flop.", Negative),
            ("I don't think my people would use it.", Negative),
            ("The cameras make me uneasy.", Negative),
            ("Nobody here has time to learn a new system.", Negative),
        ],
    );
}

#[test]
fn talk_about_the_call_and_small_talk_say_nothing() {
    says_nothing(&[
        "Can you hear me now?",
        "Sorry, I lost you for a second.",
        "Traffic was a nightmare this morning.",
        "I missed the last thing you said.",
        "We've been in business for twenty years.",
        "We have four sites, two in Ohio.",
        "My team is about twelve people.",
        "I met your colleague at the fair last year.",
        "Yes, Tuesday works.",
        "I'll send you the list tomorrow.",
        "How many people do you have?",
        "Our busiest time is before Christmas.",
        "Let me get my boss, one second.",
        "We use it for the morning shift mostly.",
        "I have to run in five minutes.",
        "That was a good demo.",
        "Could you say that again?",
        "My wife says hi.",
        "I worked for your competitor ten years ago.",
        "It's raining here, the kids are home.",
        "We moved to the new building in May.",
        "I'm not worried about that.",
        "No concerns from my side.",
        "The price you sent me is the one from March.",
        "Can you call me on Thursday?",
        "Is that included in the price?",
        "We start at six in the morning.",
        "I'd be happy to.",
        "The director is out this week.",
        "We don't have any problem with that.",
        "When I was at my old company we had budget for everything.",
        "I will ask her when she is back.",
        "You told me that last time.",
        "That's a good question.",
        "We make about nine hundred loaves a day.",
        "The meeting ran over, sorry I'm late.",
        "Our contract with you started in April.",
        "The board meets every other Tuesday.",
        "If we had the budget, we'd do it tomorrow.",
        "Nobody is asking you to do that.",
        "We are open from six to ten.",
        "I've been doing this for thirty years.",
        "We bought the building in ninety eight.",
        "My daughter does the website.",
        "We lost the match on Saturday.",
        "I spent the weekend at the lake.",
        "She runs the front desk.",
        "We keep about forty horses.",
        "It takes me twenty minutes to get to work.",
        "I had a call with my brother before this.",
        "The trucks are over there by the fence.",
        "You sent me two emails about it.",
        "My mother used to run the shop.",
        "We print about two thousand tickets a day.",
        "The other guys on the call are my colleagues.",
        "I can start the video if you want.",
        "We've got two kids and a dog.",
        "They come in boxes of twelve.",
        "I need to find my glasses.",
        "So that's the price for one, right?",
        "The season starts in May here.",
        "I read about you in the paper.",
        "We'll see.",
        "Sounds good to me.",
        "He has been with us for ten years.",
        "That was before my time.",
        "I don't know, maybe forty.",
        "It's the same as last year.",
        "I think we met in Hanover.",
        "Let me write that down.",
    ]);
}

#[test]
fn a_fault_of_what_they_have_is_no_doubt_about_us() {
    for text in [
        "Our old system is too slow.",
        "I'm frustrated with our current provider.",
        "We're thinking of switching to you.",
        "I'll have to cancel my vacation.",
        "Don't worry about it.",
        "I'm happy to look at it.",
    ] {
        let found = read(text);
        assert!(found.iter().all(|(topic, _)| *topic != Objection), "{text}: {found:?}");
    }
}

#[test]
fn conditions_negations_and_questions_say_nothing() {
    says_nothing(&[
        "If we lost orders we would know.",
        "We don't lose any orders.",
        "Do you lose orders?",
        "It never keeps crashing.",
        "Is the money approved?",
        "If my boss has to approve it, fine.",
        "Do your drivers complain?",
        "I wouldn't say it's a nightmare.",
        "Most companies waste hours on this.",
    ]);
}

#[test]
fn facts_of_a_business_say_nothing() {
    says_nothing(&[
        "The harvest starts in August and ends in October.",
        "We have a contract with the city for the school lunches.",
        "The old owner had a deal with them.",
        "We close over Christmas.",
        "There are three of us in the office.",
        "My boss is on holiday.",
        "We buy our flour from two mills.",
        "They sent us a sample last week.",
        "I showed it to the team yesterday.",
        "I think the blue one is nicer.",
        "Is the training online or on site?",
        "The customers like the new menu.",
        "We have a spreadsheet for that.",
        "My wife and I started this in ninety four.",
        "We've tried a few things over the years.",
        "The last vendor went out of business.",
        "We get a lot of calls in the morning.",
        "So the trucks leave at six and are back by two.",
        "I was at the bank this morning.",
        "I do the purchasing and my sister does the hiring.",
        "He comes in twice a week.",
        "Most of our people are part time.",
        "The nurses do the rounds at eight.",
        "You mentioned something about a discount last time.",
        "The board is eleven people.",
        "Okay so what does the module do exactly?",
        "Can I add users later?",
        "That's the one we saw at your booth.",
        "We opened a second store in March.",
        "We're in the middle of a move.",
        "I can't see the slide yet.",
        "My screen froze for a second.",
        "Wait, my phone is ringing.",
        "We had snow until April.",
        "I have to pick up my daughter at five.",
        "We switched to LED two years ago.",
        "The factory is an hour from here.",
        "Our biggest customer is the army.",
        "We have people in nine countries.",
        "That would be the third building on the left.",
        "I've got your card somewhere.",
        "We test every batch before it leaves.",
        "The second question is about support.",
        "Whose idea was that?",
        "We make the frames, somebody else makes the glass.",
        "The ministry publishes the numbers in spring.",
        "There is another entrance on the side.",
        "He used to work for the other company.",
        "It's two hundred square metres.",
        "We met at the conference in Lisbon.",
        "You can park behind the building.",
        "Who would be our contact?",
        "I'd say it's about average.",
        "We hired two people last month.",
        "Our fleet is quite new.",
        "It's the same system in all the branches.",
        "The summer was good for us.",
        "Everybody has a badge.",
        "I don't have the number in front of me.",
        "We lost my father last year, so I run it now.",
        "Sure, no problem.",
        "Happy to do that.",
        "We ran the test on Monday and Tuesday.",
        "It's nothing urgent.",
        "One of my guys will be at the gate.",
        "Sorry, my colleague just walked in.",
        "What else would you like to know?",
        "You know how lawyers are.",
        "A tanker comes in at four in the morning.",
        "The night crew can't start at six.",
        "They looked better on paper.",
        "There's more next year, I hope.",
        "What I need is to see the figures.",
        "It's nicer than what we had.",
        "She did the books by hand until she retired.",
        "April was a disaster, no rain.",
        "The council stopped every project on our street.",
        "It took us a year to get out of that lease.",
        "He's in no hurry.",
        "The error rate is about one in a hundred.",
        "The coffee is in the budget.",
        "They don't speak to the neighbours.",
        "It's the dryer, sorry, everybody's shouting.",
        "What I'd want is for our vet to look at it.",
        "We did not know that it has a lock.",
        "We have the winter stop in week two.",
        "Somebody from your office was here in May.",
    ]);
}
