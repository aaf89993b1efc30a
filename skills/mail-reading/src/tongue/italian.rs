//! Italian.

use super::Tongue;
use crate::class::Class::{
    InternalForward as Passed, MeetingRequest as Meet, NegativeReply as No, PositiveReply as Yes,
    ProposalRequest as Offer, Unsubscribe as Stop,
};

#[rustfmt::skip]
pub(super) const TONGUE: Tongue = Tongue {
    words: &["il", "lo", "gli", "le", "un", "una", "di", "che", "per", "con", "non", "più", "ma", "grazie", "ringrazio", "siamo", "abbiamo", "vostra", "vostre", "vostro", "nostra", "nostro", "della", "del", "alla", "al", "ci", "vi", "mi", "sono", "è", "buongiorno", "purtroppo", "da", "la"],
    negations: &["non", "nessun", "nessuna", "mai", "senza"],
    conditions: &["se", "qualora"],
    theirs: &["vostro", "vostra", "sua", "suo", "questa", "questo"],
    rows: &[
        (Stop, "non ~3 più ~3 ricevere|inviare|inviarmi|inviate|scrivere|scrivermi|scrivetemi|contattarmi|contattatemi|contattare", 0.93),
        (Stop, "cancellare|cancellarmi|cancellate|cancellatemi|rimuovere|rimuovermi|rimuovetemi|disiscrivere|disiscrivermi ~5 lista|mailing|dati|indirizzo|newsletter", 0.92),
        (Stop, "smettete|smetta|smettetela di ~1 scrivermi|inviarmi|contattarmi|mandarmi|inviare|mandare", 0.93),
        (No, "non ~2 interessati|interessato|interessata|interessa|interesse", 0.92),
        (No, "non ~3 procedere|proseguire|procederemo|proseguiremo|bisogno|necessità|budget", 0.87),
        (No, "scelto|optato|deciso ~4 altro|altra|unaltra", 0.9),
        (No, "no grazie", 0.93),
        (Yes, "accettiamo|accetto|confermiamo|approviamo ~4 offerta|proposta|ordine|preventivo|lofferta|lordine", 0.9),
        (Yes, "offerta|proposta|preventivo|contratto ~3 approvato|approvata|firmato|firmata|accettato|accettata", 0.87),
        (Yes, "via libera", 0.9),
        (Yes, "siamo|sono ~1 interessati|interessato|interessata|daccordo", 0.82),
        (Yes, "allego|allegato ~4 ordine|lordine|contratto", 0.85),
        (Meet, "possiamo|potremmo|potrebbe|può|vorrei|vorremmo|fissare|organizzare|spostare ~6 incontro|incontrarci|chiamata|sentirci|sentire|call|appuntamento|riunione|videochiamata|chiamarmi|demo|parlarne", 0.87),
        (Meet, "quando ~4 disponibile|disponibili|libero|libera", 0.86),
        (Offer, "inviare|inviarci|inviarmi|mandare|mandarci|fare|farci|avere|ricevere|vorremmo|vorrei|potete|potreste|può|potrebbe|richiedere|chiedo|chiediamo ~7 preventivo|offerta|quotazione", 0.9),
        (Passed, "non sono ~4 persona|responsabile|referente", 0.86),
        (Passed, "non mi|me ~1 occupo", 0.86),
        (Passed, "inoltro|inoltrato|giro|girato ~4 a|al|alla", 0.84),
        (Passed, "in copia", 0.84),
    ],
};
