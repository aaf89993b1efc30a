//! Portuguese.

use super::Tongue;
use crate::class::Class::{
    InternalForward as Passed, MeetingRequest as Meet, NegativeReply as No, PositiveReply as Yes,
    ProposalRequest as Offer, Unsubscribe as Stop,
};

#[rustfmt::skip]
pub(super) const TONGUE: Tongue = Tongue {
    words: &["o", "os", "as", "um", "uma", "e", "não", "para", "com", "por", "mais", "mas", "obrigado", "obrigada", "nosso", "nossa", "sua", "seu", "nós", "temos", "estamos", "está", "do", "da", "no", "na", "ao", "em", "que", "me", "favor", "olá", "você", "vocês", "já"],
    negations: &["não", "nunca", "sem", "nem"],
    conditions: &["se", "caso"],
    theirs: &["sua", "seu", "vossa", "vosso", "esta", "este"],
    rows: &[
        (Stop, "não ~3 enviem|envie|enviar|mandem|mande|receber|escrevam|contactem|contatem ~3 mais|emails|mensagens|publicidade", 0.93),
        (Stop, "remover|removam|remova|retirar|retirem|retire|apagar|apaguem|eliminar|eliminem ~6 lista|dados|email|endereço|base", 0.92),
        (Stop, "parem|pare|deixem|deixe de ~1 enviar|mandar|escrever|contactar|contatar", 0.93),
        (No, "não ~3 interesse|interessados|interessado|interessada|interessa", 0.92),
        (No, "não ~3 avançar|prosseguir|seguir|precisamos|orçamento|continuar", 0.86),
        (No, "optámos|optamos|escolhemos|decidimos|escolhido ~4 outro|outra|não", 0.9),
        (Yes, "aceitamos|aceito|aprovamos|confirmamos ~4 proposta|encomenda|orçamento|pedido|contrato", 0.9),
        (Yes, "vamos avançar|fechar|seguir", 0.86),
        (Yes, "luz verde", 0.9),
        (Yes, "estamos|estou ~2 interessados|interessado|interessada", 0.82),
        (Meet, "podemos|poderíamos|pode|podem|poderia|gostaria|gostaríamos|marcar|agendar|remarcar ~6 reunião|chamada|ligação|conversa|falar|reunir|ligar|demonstração|conversar", 0.87),
        (Meet, "tem|têm|qual|quando ~4 disponibilidade|disponível|disponíveis", 0.86),
        (Offer, "enviar|enviem|envie|mandar|fazer|preparar|precisamos|preciso|solicito|solicitamos|gostaríamos|pode|podem|poderia ~7 orçamento|cotação|proposta", 0.9),
        (Passed, "não sou ~4 pessoa|responsável", 0.86),
        (Passed, "encaminho|encaminhei|reencaminhei|reencaminho ~5 para|ao|à", 0.84),
        (Passed, "em cópia", 0.84),
    ],
};
