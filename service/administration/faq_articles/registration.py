"""FAQ: registration. The first article is the customer's own text, spelling corrected."""

from service.administration.faq_articles.model import Article
from service.locales import N_

REGISTRATION = Article(
    "registration",
    N_("Procedura di registrazione"),
    (
        N_(
            "Vuoi registrarti ad ICRI ProActive e non hai ricevuto l'invito alla prequalifica? Puoi registrarti "
            "[qui](registrazione)."
        ),
        N_(
            "Subito dopo aver selezionato la categoria società è necessario compilare i campi obbligatori. Tutti i "
            "valori "
            'da inserire obbligatoriamente sono marcati con "* (campo obbligatorio)". Infine, è necessario salvare i '
            'dati inseriti tramite il tasto "Salva". "Salva" conserva la sezione: quando tutte sono complete, dal '
            'riepilogo premi "Salva e invia la prequalifica".'
        ),
        N_("La prequalifica sarà sottoposta ad approvazione ed eventualmente accettata."),
        N_(
            "Nel momento in cui la prequalifica sarà accettata, riceverai un'e-mail con i dati di accesso a ICRI - "
            "ProActive: il nome utente e il collegamento per impostare la password."
        ),
        N_(
            "Ti invito, non appena ricevute le credenziali di accesso, ad eseguire l'accesso ad ICRI ProActive "
            "utilizzando le credenziali ricevute e sostituire la password dall'apposito tasto posto in alto a destra."
        ),
        N_(
            "Per eseguire il cambio password è richiesta la password corrente, la nuova password e la conferma nuova "
            "password."
        ),
        N_(
            "Sei già registrato su ICRI ProActive e hai smarrito le credenziali di accesso? "
            "[Clicca qui](ripristino password). Vedi anche: "
            "[Procedura ripristino password](procedura ripristino password)."
        ),
    ),
    anchor="registrazione",
)
ARTICLES = (
    REGISTRATION,
    Article(
        "invited",
        N_("Ho ricevuto un invito: cosa faccio?"),
        (
            N_(
                "Apri il collegamento nell'e-mail: troverai la domanda già avviata con i dati che conosciamo. Vale 30 "
                "giorni e una sola volta; se è scaduto puoi chiederne uno nuovo dalla stessa pagina."
            ),
        ),
    ),
    Article(
        "which-category",
        N_("Quale categoria società scelgo?"),
        (
            N_(
                "Quella che corrisponde alla forma giuridica scritta nella visura camerale: per esempio S.r.l. è una "
                'società di capitali, S.n.c. una società di persone. I professionisti senza impresa scelgono "Libero '
                'professionista".'
            ),
        ),
    ),
    Article(
        "mandatory-fields",
        N_("Quali campi sono obbligatori?"),
        (N_('Quelli con "* (campo obbligatorio)". Cambiano con la categoria società e con il tipo di fornitura.'),),
    ),
    Article(
        "save-and-continue",
        N_("Posso salvare e continuare dopo?"),
        (
            N_(
                'Sì. Ogni "Salva" conserva la sezione per 30 giorni. Per riprendere, anche da un altro computer, usa '
                "il "
                "collegamento ricevuto per e-mail o chiedine uno da [riprendi]. Salvare non è inviare: l'invio si fa "
                "dal riepilogo."
            ),
        ),
    ),
    Article(
        "vat-group",
        N_("Facciamo parte di un Gruppo IVA."),
        (
            N_(
                "Nessun problema: la partita IVA può essere uguale per più società, il codice fiscale no. Inserisci il "
                'codice fiscale della tua società e spunta "Facciamo parte di un Gruppo IVA".'
            ),
        ),
    ),
    Article(
        "maybe-registered",
        N_("La mia impresa potrebbe essere già registrata."),
        (
            N_(
                "Invia pure la domanda: se esiste già una posizione scriviamo al referente che conosciamo. Se hai le "
                "credenziali usa [ripristino password]."
            ),
        ),
    ),
    Article(
        "foreign",
        N_("Sono una società estera."),
        (
            N_(
                'Scegli "Unione europea" o "fuori dall\'Unione europea". Servono il VAT number o il numero di registro '
                "del tuo paese e un estratto del registro di non oltre 6 mesi, in italiano, inglese o tradotto."
            ),
        ),
    ),
    Article(
        "consortium",
        N_("Siamo un consorzio o un RTI: chi si registra?"),
        (
            N_(
                "Ogni impresa si registra da sola. Poi il consorzio, o la mandataria per il raggruppamento, indica i "
                "componenti."
            ),
        ),
    ),
    Article(
        "free",
        N_("La registrazione è gratuita?"),
        (N_("Sì, registrazione e valutazione non hanno costi."),),
    ),
)
