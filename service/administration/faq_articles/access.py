"""FAQ: access and password. The first article is the customer's own text, spelling corrected."""

from service.administration.faq_articles.model import Article
from service.locales import N_

PASSWORD = Article(
    "password",
    N_("Procedura ripristino password"),
    (
        N_(
            "Se hai smarrito le credenziali di accesso ad ICRI - ProActive è possibile effettuare il ripristino della "
            "password dalla [Homepage](homepage)."
        ),
        N_("In alternativa [clicca qui](ripristino password) per ripristinare le tue credenziali di accesso."),
        N_(
            "Per eseguire il ripristino della password è necessario specificare l'indirizzo e-mail inserito durante la "
            "prequalifica. Sarà recapitata un'e-mail con un collegamento dove potrai inserire una nuova password."
        ),
        N_(
            "Se non ricevi l'e-mail controlla la posta indesiderata o SPAM, in alternativa contatta il nostro supporto "
            "tecnico [qui](supporto)."
        ),
        N_(
            "Qualora non ricordi l'indirizzo e-mail che hai utilizzato in fase di prequalifica, puoi scrivere una "
            "e-mail a [fornitori@icrimpianti.com](mail)."
        ),
        N_(
            "All'interno della e-mail di richiesta ripristino password è specificato anche il tuo nome utente con il "
            "quale eseguire l'accesso."
        ),
        N_(
            "La procedura è terminata nel momento in cui è stata inserita ed accettata la nuova password. Infine sarà "
            "recapitata un'e-mail di conferma."
        ),
        N_(
            "Se vuoi diventare un nostro fornitore e non hai ricevuto alcun invito alla prequalifica, "
            "[clicca qui e registrati](registrazione). Vedi anche: "
            "[Procedura di registrazione](procedura di registrazione)."
        ),
    ),
    anchor="password",
)
ARTICLES = (
    PASSWORD,
    Article(
        "forgotten-address",
        N_("Non ricordo l'e-mail usata nella prequalifica."),
        (
            N_(
                "Scrivi a [fornitori@icrimpianti.com](mail) dalla casella aziendale o dalla PEC dell'impresa, "
                "indicando ragione sociale e partita IVA. Per sicurezza rispondiamo solo a un recapito che abbiamo già."
            ),
        ),
    ),
    Article(
        "no-mail",
        N_("Non ricevo l'e-mail."),
        (
            N_(
                "Guarda nella posta indesiderata o SPAM. Se l'indirizzo è una PEC o la tua azienda filtra la posta, "
                "chiedi di autorizzare i nostri messaggi. Dopo un'ora puoi chiederne un'altra, oppure contatta il "
                "[supporto]."
            ),
        ),
    ),
    Article(
        "user-name",
        N_("Dove trovo il nome utente?"),
        (
            N_(
                "Nell'e-mail con i dati di accesso e in ogni e-mail di ripristino della password. Puoi entrare anche "
                "con il tuo indirizzo e-mail."
            ),
        ),
    ),
    Article(
        "change-password",
        N_("Come cambio la password?"),
        (
            N_(
                'Dopo l\'accesso premi "Cambia password" in alto a destra: ti chiediamo la password corrente, la '
                "nuova e la conferma della nuova. Poi ricevi un'e-mail di conferma."
            ),
        ),
    ),
    Article(
        "link-expired",
        N_("Il collegamento è scaduto."),
        (
            N_(
                "I collegamenti durano poco e valgono una volta sola. Dalla pagina che lo segnala puoi chiederne uno "
                "nuovo allo stesso indirizzo; per la password usa [ripristino password]."
            ),
        ),
    ),
    Article(
        "locked-out",
        N_("Ho provato troppe volte e non entro più."),
        (
            N_(
                "Dopo diversi tentativi errati l'accesso si blocca per alcuni minuti, al massimo 15, poi si riapre da "
                "solo. Se non ricordi la password usa [ripristino password]: cambiarla però non toglie il blocco prima "
                "che i minuti siano passati. Se hai fretta il [supporto] può toglierlo."
            ),
        ),
    ),
)
