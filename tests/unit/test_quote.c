/*
 * test_quote.c - what was newly said, apart from history and signature: programs and languages in a table each
 */
#include <string.h>

#include "usher/parse.h"

static Message *read_body(const char *head, const char *body)
{
    g_autofree char *mail = g_strconcat("From: Jane Doe <jane@example.org>\nTo: desk@firm.example\n", head, "\n", body, NULL);
    return parse_message(mail, strlen(mail), strlen(mail), NULL);
}

#define REPLY                                                                                                                      \
    "Subject: Re: Your enquiry\nIn-Reply-To: <z@firm.example>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n"

typedef struct {
    const char *name, *text;
} Sample;

/* What programs write above a quotation, whether or not they mark its lines. */
static const Sample introductions[] = {
    {"gmail-en", "On Mon, Mar 2, 2026 at 9:15 AM Tom Reid <tom@firm.example> wrote:"},
    {"gmail-en-wrapped", "On Mon, Mar 2, 2026 at 9:15 AM Tom Reid of Hartley Finch\n<tom@firm.example> wrote:"},
    {"gmail-en-wrapped-verb", "On Mon, 2 Mar 2026 at 09:15, Tom Reid <tom@firm.example>\nwrote:"},
    {"gmail-cs", "po 2. 3. 2026 v 9:15 odesílatel Tom Reid <tom@firm.example>\nnapsal:"},
    {"gmail-da", "Den man. 2. mar. 2026 kl. 09.15 skrev Tom Reid <tom@firm.example>:"},
    {"gmail-de", "Am Mo., 2. März 2026 um 09:15 Uhr schrieb Tom Reid <\ntom@firm.example>:"},
    {"gmail-es", "El lun, 2 mar 2026 a las 9:15, Tom Reid (<tom@firm.example>) escribió:"},
    {"gmail-et", "Tom Reid <tom@firm.example> kirjutas kuupäeval E, 2. märts 2026 kell 09:15:"},
    {"gmail-fi", "ma 2. maalisk. 2026 klo 9.15 Tom Reid (tom@firm.example)\nkirjoitti:"},
    {"gmail-fr", "Le lun. 2 mars 2026 à 09:15, Tom Reid <tom@firm.example> a écrit :"},
    {"gmail-hr", "pon, 2. ožu 2026. u 09:15 Tom Reid <tom@firm.example> napisao\nje:"},
    {"gmail-hu", "Tom Reid <tom@firm.example> ezt írta (időpont: 2026. márc. 2., H, 9:15):"},
    {"gmail-it", "Il giorno lun 2 mar 2026 alle ore 09:15 Tom Reid <tom@firm.example> ha\nscritto:"},
    {"gmail-nl", "Op ma 2 mrt 2026 om 09:15 schreef Tom Reid <tom@firm.example>:"},
    {"gmail-no", "man. 2. mar. 2026 kl. 09:15 skrev Tom Reid <tom@firm.example>:"},
    {"gmail-pl", "pon., 2 mar 2026 o 09:15 Tom Reid <tom@firm.example> napisał(a):"},
    {"gmail-pt", "Tom Reid <tom@firm.example> escreveu (segunda, 2/03/2026 à(s) 09:15):"},
    {"gmail-pt-br", "Em seg., 2 de mar. de 2026 às 09:15, Tom Reid <tom@firm.example>\nescreveu:"},
    {"gmail-ro", "Pe lun., 2 mar. 2026 la 09:15, Tom Reid <tom@firm.example> a\nscris:"},
    {"gmail-ru", "пн, 2 мар. 2026 г. в 09:15, Tom Reid <tom@firm.example>:"},
    {"gmail-sk", "po 2. 3. 2026 o 9:15 Tom Reid <tom@firm.example> napísal(a):"},
    {"gmail-sv", "Den mån 2 mars 2026 kl 09:15 skrev Tom Reid <tom@firm.example>:"},
    {"gmail-tr", "Tom Reid <tom@firm.example>, 2 Mar 2026 Pzt, 09:15 tarihinde şunu\nyazdı:"},
    {"gmail-uk", "пн, 2 бер. 2026 р. о 09:15 Tom Reid <tom@firm.example> пише:"},
    {"gmail-ja", "2026年3月2日(月) 9:15 Tom Reid <tom@firm.example>:"},
    {"gmail-zh", "Tom Reid <tom@firm.example> 于2026年3月2日周一 09:15写道："},
    {"gmail-ko", "2026년 3월 2일 (월) 오전 9:15, Tom Reid <tom@firm.example>님이 작성:"},
    {"gmail-old", "2026-03-02 9:15 GMT+01:00 Tom Reid <tom@firm.example>:"},
    {"apple-en", "On 2 Mar 2026, at 09:15, Tom Reid <tom@firm.example> wrote:"},
    {"apple-de-without-address", "Am 02.03.2026 um 09:15 schrieb Tom Reid:"},
    {"apple-nl", "Op 2 mrt. 2026, om 09:15 heeft Tom Reid <tom@firm.example> het volgende geschreven:"},
    {"apple-fi", "Tom Reid <tom@firm.example> kirjoitti 2.3.2026 kello 9.15:"},
    {"apple-zh", "在 2026年3月2日，09:15，Tom Reid <tom@firm.example> 写道："},
    {"thunderbird-en", "On 02/03/2026 09:15, Tom Reid wrote:"},
    {"thunderbird-fr", "Le 02/03/2026 à 09:15, Tom Reid a écrit :"},
    {"thunderbird-pl", "W dniu 02.03.2026 o 09:15, Tom Reid pisze:"},
    {"thunderbird-ru", "02.03.2026 9:15, Tom Reid пишет:"},
    {"outlook-mac-sv", "Den 2026-03-02 09:15 skrev \"Tom Reid\" <tom@firm.example>:"},
    {"outlook-mac-tr", "2.03.2026 09:15 tarihinde \"Tom Reid\" <tom@firm.example> yazdı:"},
    {"yahoo-en", "On Monday, 2 March 2026 at 09:15:02 GMT, Tom Reid <tom@firm.example> wrote:"},
    {"mail-ru", "Понедельник, 2 марта 2026, 9:15 +03:00 от Tom Reid <tom@firm.example>:"},
    {"zoho", "---- On Mon, 02 Mar 2026 09:15:00 +0000 Tom Reid <tom@firm.example> wrote ----"},
    {"without-colon", "On Mon, 2 Mar 2026 09:15:00 +0000 Tom Reid <tom@firm.example> wrote"},
    {"old-outlook-express", "----- Original Message -----"},
    {"notes", "-----Tom Reid <tom@firm.example> wrote: -----"},
    {"outlook-en",
     "From: Tom Reid <tom@firm.example>\nSent: 02 March 2026 09:15\nTo: Jane Doe <jane@example.org>\nSubject: RE: Your enquiry"},
    {"outlook-bold",
     "*From:* Tom Reid [mailto:tom@firm.example]\n*Sent:* 02 March 2026 09:15\n*To:* Jane Doe\n*Subject:* Your enquiry"},
    {"outlook-de", "Von: Tom Reid <tom@firm.example>\nGesendet: Montag, 2. März 2026 09:15\nAn: Jane Doe\nBetreff: Ihre Anfrage"},
    {"outlook-fr", "De : Tom Reid <tom@firm.example>\nEnvoyé : lundi 2 mars 2026 09:15\nÀ : Jane Doe\nObjet : Votre demande"},
    {"outlook-hu", "Feladó: Tom Reid <tom@firm.example>\nElküldve: 2026. március 2. 9:15\nCímzett: Jane Doe\nTárgy: Kérdés"},
    {"outlook-ko",
     "보낸 사람: Tom Reid <tom@firm.example>\n보낸 날짜: 2026년 3월 2일 월요일 오전 9:15\n받는 사람: Jane Doe\n제목: 문의"},
    {"outlook-ja", "差出人: Tom Reid <tom@firm.example>\n送信日時: 2026年3月2日 9:15\n宛先: Jane Doe\n件名: お問い合わせ"},
    {"outlook-zh", "发件人: Tom Reid <tom@firm.example>\n发送时间: 2026年3月2日 9:15\n收件人: Jane Doe\n主题: 询问"},
    {"outlook-rule",
     "________________________________\nVan: Tom Reid <tom@firm.example>\nVerzonden: maandag 2 maart 2026 09:15\nAan: "
     "Jane Doe\nOnderwerp: Uw vraag"},
    {"gmx", "Gesendet: Montag, 02. März 2026 um 09:15 Uhr\nVon: \"Tom Reid\" <tom@firm.example>\nAn: \"Jane Doe\" "
            "<jane@example.org>\nBetreff: Ihre Anfrage"},
    {"orange-fr",
     "========================================\n\nMessage du : 02/03/2026 09:15\nDe : \"Tom Reid\" <tom@firm.example>\nA : "
     "jane@example.org\nCopie à :\nSujet : Votre demande"},
    {"samsung-da",
     "-------- Oprindelig besked --------\nFra: Tom Reid <tom@firm.example>\nDato: 02.03.2026 09.15 (GMT+00:00)\nTil: "
     "jane@example.org\nEmne: Din forespørgsel"},
    {"unknown-mark",
     "------ Neachtraa Bleh ------\nFrom: Tom Reid <tom@firm.example>\nDate: 2 March 2026\nTo: Jane Doe\nSubject: x"},
    {"rule-above", "------------------------------\n\nOn 2 Mar 2026, at 09:15, Tom Reid <tom@firm.example> wrote:"},
    {"help-desk", "##- Please type your reply above this line -##"},
};

static void assert_cut(const char *name, const char *body, const char *expected)
{
    g_autoptr(Message) message = read_body(REPLY, body);
    if (strcmp(message->new_text, expected) != 0)
        g_error("%s: expected \"%s\", found \"%s\"", name, expected, message->new_text);
    g_assert_null(message->original);
}

static void test_introductions(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(introductions); i++) {
        const Sample *sample = &introductions[i];
        g_autofree char *bare = g_strconcat("Yes please.\n\nJane\n\n", sample->text, "\n\nShall we call you?\n\nTom\n", NULL);
        assert_cut(sample->name, bare, "Yes please.\n\nJane");
        g_autofree char *close = g_strconcat("Yes please,\nand soon.\n", sample->text, "\n> Shall we call you?\n>\n> Tom\n", NULL);
        assert_cut(sample->name, close, "Yes please,\nand soon.");
        g_autofree char *below = g_strconcat(sample->text, "\n> Shall we call you?\n\nYes, tomorrow.\n> When?\nat ten\n", NULL);
        if (strchr(sample->text, '\n') == NULL)
            assert_cut(sample->name, below, "Yes, tomorrow.\nat ten");
    }
}

/* Texts of people that look a little like history: nothing of them may be lost. */
static const Sample spoken[] = {
    {"on-a-day", "On 2 March your colleague wrote to us with three questions, and here they are again:\n\nfirst, the price."},
    {"taxi", "I need a car:\n\nFrom: London\nTo: Leeds\nDate: 2 March\n\nThank you."},
    {"time-above", "We meet at 10:30 on 2 March\nand I would like to say:\nthank you."},
    {"rules", "Key points\n----\n\n1. price\n2. time\n\n====\n\nThat is all."},
    {"sent-from-words", "The parcel was\nSent from Manchester, and it never came.\n\nCan you help?"},
    {"wrote-in-words", "I saw what you wrote:\n\nit is not right."},
    {"farewell-then-postscript",
     "Please call.\n\nKind regards\nJane Doe\n020 7946 0123\n\nPS: not before ten, I am on a train until then."},
    {"colon-at-end", "My budget on 2 March 2026 at 10:15 was as follows:\n\nten thousand."},
    {"headings", "Subject: our lease\nDate: it ends on 2 March\n\nCan you help?"},
    {"ruled-words", "-- what we need --\nFrom: you\n\nan audit."},
};

static void test_spoken(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(spoken); i++)
        assert_cut(spoken[i].name, spoken[i].text, spoken[i].text);
}

static void test_interleaved(void)
{
    assert_cut("lower-case", "On Monday Tom wrote:\n> When?\ntomorrow is fine\n> Where?\nat yours\n", "tomorrow is fine\nat yours");
    assert_cut("wrapped-quote",
               "No.\n\nOn 2 Mar 2026, at 09:15, Tom <tom@firm.example> wrote:\n> We would be glad to look at the lease with you "
               "before the end\nof "
               "March, if you like.\n> Tom\n",
               "No.");
    assert_cut("initials", "TR> When can we meet?\n\nTomorrow.\n\nTR> Where?\nHere.\n", "Tomorrow.\n\nHere.");
    assert_cut("line-above", "Hi Tom,\nOn Mon, 2 Mar 2026 at 09:15, Tom Reid wrote:\n> When?\nTomorrow.\n", "Hi Tom,\nTomorrow.");
    assert_cut("shared-line", "Good day\nyes please--- On Mon, Mar 2, 2026 at 3:59 PM, tom@firm.example wrote:\n> Hi\n",
               "Good day\nyes please");
    assert_cut("you-wrote", "Tom Reid schrieb:\n> Wann?\n\nMorgen.\n", "Morgen.");
}

static const Sample sent_from[] = {
    {"iphone", "Sent from my iPhone"},
    {"iphone-de", "Von meinem iPhone gesendet"},
    {"iphone-fr", "Envoyé de mon iPhone"},
    {"iphone-es", "Enviado desde mi iPhone"},
    {"iphone-it", "Inviato da iPhone"},
    {"iphone-nl", "Verstuurd vanaf mijn iPhone"},
    {"iphone-pt", "Enviado do meu iPhone"},
    {"iphone-da", "Sendt fra min iPhone"},
    {"iphone-sv", "Skickat från min iPhone"},
    {"iphone-fi", "Lähetetty iPhonesta"},
    {"iphone-pl", "Wysłane z iPhone'a"},
    {"iphone-cs", "Odesláno z iPhonu"},
    {"iphone-ro", "Trimis de pe iPhone-ul meu"},
    {"iphone-hu", "Elküldve az iPhone-omról"},
    {"iphone-tr", "iPhone'umdan gönderildi"},
    {"iphone-ru", "Отправлено с iPhone"},
    {"iphone-uk", "Надіслано з iPhone"},
    {"iphone-ja", "iPhoneから送信"},
    {"iphone-zh", "发自我的 iPhone"},
    {"iphone-ko", "나의 iPhone에서 보냄"},
    {"outlook-ios", "Get Outlook for iOS<https://aka.ms/x>"},
    {"outlook-ios-fr", "Envoyé à partir de Outlook pour iOS<https://aka.ms/x>"},
    {"windows-mail-fr", "Provenance : Courrier pour Windows 10"},
    {"samsung-de", "Gesendet von meinem Galaxy"},
    {"yahoo", "Sent from Yahoo Mail for iPhone"},
    {"proton", "Sent with Proton Mail secure email."},
    {"own", "Sent from a tin can and a piece of string"},
};

static void test_sent_from(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(sent_from); i++) {
        g_autofree char *body = g_strconcat("Yes please.\n\n", sent_from[i].text,
                                            "\n\nOn 2 Mar 2026, at 09:15, Tom Reid <tom@firm.example> wrote:\n\n> Hi\n", NULL);
        assert_cut(sent_from[i].name, body, "Yes please.");
        g_autofree char *last = g_strconcat("Yes please.\n\n", sent_from[i].text, "\n", NULL);
        assert_cut(sent_from[i].name, last, "Yes please.");
    }
}

static const struct {
    const char *body, *said, *signature;
} signatures[] = {
    {"Please call.\n-- \nJane\n020 7946 0123", "Please call.", "Jane\n020 7946 0123"},
    {"Please call.\n\n—\nJane Doe", "Please call.", "Jane Doe"},
    {"Please call.\n\n____\nJane Doe", "Please call.", "____\nJane Doe"},
    {"Please call.\n\nKind regards,\n\nJane Doe\nFinance Director\nAcme Ltd\nT: 020 7946 0123", "Please call.",
     "Kind regards,\n\nJane Doe\nFinance Director\nAcme Ltd\nT: 020 7946 0123"},
    {"Bitte rufen.\n\nMit freundlichen Grüßen\nJane Doe\njane@example.org", "Bitte rufen.",
     "Mit freundlichen Grüßen\nJane Doe\njane@example.org"},
    /* somebody else's card is what the mail is about */
    {"May I introduce a friend:\n\nErika Muster\nerika@example.org\n020 7946 0123",
     "May I introduce a friend:\n\nErika Muster\nerika@example.org\n020 7946 0123", ""},
    {"Please call.\n\nJane Doe\nAcme Ltd\njane@example.org\nwww.acme.example", "Please call.",
     "Jane Doe\nAcme Ltd\njane@example.org\nwww.acme.example"},
    {"Please call.\n\n-----\nJane Doe\nTel 020 7946 0123", "Please call.", "-----\nJane Doe\nTel 020 7946 0123"},
    /* a name alone stays, and so does a mail that is nothing but its signature, and one that speaks below the name */
    {"Please call.\n\nKind regards,\nJane", "Please call.\n\nKind regards,\nJane", ""},
    {"Jane Doe\n020 7946 0123\njane@example.org", "Jane Doe\n020 7946 0123\njane@example.org", ""},
    {"Thanks\nJane Doe\n020 7946 0123\n\nCould you also look at our lease?",
     "Thanks\nJane Doe\n020 7946 0123\n\nCould you also look at our lease?", ""},
};

static void test_signatures(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(signatures); i++) {
        g_autoptr(Message) message = read_body(REPLY, signatures[i].body);
        g_assert_cmpstr(message->new_text, ==, signatures[i].said);
        g_assert_cmpstr(message->signature, ==, signatures[i].signature);
    }
}

/* One line longer than what is looked at of a text's end. */
static void test_long_line(void)
{
    g_autofree char *line = g_strnfill(5000, 'x');
    g_autofree char *body = g_strconcat("Jane\n\n", line, " jane@example.org", NULL);
    assert_cut("long line", body, body);
}

static void test_html(void)
{
    static const Sample samples[] = {
        {"gmail", "<div>Yes please.</div><div class=\"gmail_quote\"><div>On Mon, 2 Mar 2026 at 09:15, Tom Reid &lt;<a "
                  "href=\"mailto:tom@firm.example\">tom@firm.example</a>&gt; wrote:<br></div><blockquote "
                  "class=\"gmail_quote\">When?</blockquote></div>"},
        {"outlook", "<p>Yes please.</p><div style=\"border:none;border-top:solid #E1E1E1 1.0pt\"><p><b>From:</b> Tom Reid "
                    "&lt;tom@firm.example&gt;<br><b>Sent:</b> 02 March 2026 09:15<br><b>To:</b> Jane<br><b>Subject:</b> "
                    "x</p></div><p>When?</p>"},
        {"owa",
         "<div>Yes please.</div><hr><div><b>From:</b> Tom Reid &lt;tom@firm.example&gt;<br><b>Sent:</b> Monday<br><b>To:</b> "
         "Jane<br><b>Subject:</b> x</div><div>When?</div>"},
        {"apple", "Yes please.<br><div><blockquote type=\"cite\"><div>On 2 Mar 2026, at 09:15, Tom Reid &lt;tom@firm.example&gt; "
                  "wrote:</div><div>When?</div></blockquote></div>"},
        {"hotmail", "<div>Yes please.</div><hr>Date: Mon, 2 Mar 2026 09:15:00 +0000<br>Subject: x<br>From: tom@firm.example<br>To: "
                    "jane@example.org<br><br>When?"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(samples); i++) {
        g_autoptr(Message) message =
            read_body("Subject: Re: x\nIn-Reply-To: <z@firm.example>\nContent-Type: text/html; charset=utf-8\n", samples[i].text);
        if (strcmp(message->new_text, "Yes please.") != 0)
            g_error("%s: found \"%s\"", samples[i].name, message->new_text);
    }
}

/* The block that programs put above what they pass on, in their languages; the subject's mark. */
static const struct {
    const char *name, *mark, *text;
} forwards[] = {
    {"tb-de", "Fwd",
     "-------- Weitergeleitete Nachricht --------\nBetreff: \tHilfe\nDatum: \tMon, 2 Mar 2026 09:15:00 +0100\nVon: \tJane Doe "
     "<jane@example.org>\nAn: \ttom@firm.example\nKopie (CC): \tx@firm.example\nPlease call.\n"},
    {"tb-fr", "Fwd",
     "-------- Message transféré --------\nSujet : \tHilfe\nDate : \tMon\nDe : \tJane Doe <jane@example.org>\nPour : "
     "\ttom@firm.example\nPlease call.\n"},
    {"tb-hr", "Fwd",
     "-------- Proslijeđena poruka --------\nNaslov: \tHilfe\nDatum: \tMon\nŠalje: \tJane Doe <jane@example.org>\nPrima: "
     "\ttom@firm.example\nPlease call.\n"},
    {"tb-tr", "Fwd",
     "-------- Yönlendirilmiş İleti --------\nKonu: \tHilfe\nTarih: \tMon\nKimden: \tJane Doe <jane@example.org>\nKime: "
     "\ttom@firm.example\nPlease call.\n"},
    {"tb-cs", "Fwd",
     "-------- Přeposlaná zpráva --------\nPředmět: \tHilfe\nDatum: \tMon\nOd: \tJane Doe <jane@example.org>\nKomu: "
     "\ttom@firm.example\nPlease call.\n"},
    {"tb-ro", "Fwd",
     "-------- Mesaj redirecționat --------\nSubiect: \tHilfe\nDată: \tMon\nDe la: \tJane Doe <jane@example.org>\nCătre: "
     "\ttom@firm.example\nPlease call.\n"},
    {"tb-ja", "Fwd",
     "-------- 転送メッセージ --------\n件名: \tHilfe\n日付: \tMon\n差出人: \tJane Doe <jane@example.org>\n宛先: "
     "\ttom@firm.example\nPlease call.\n"},
    {"apple-cs", "Fwd",
     "> Začátek přeposílané zprávy:\n> \n> Od: Jane Doe <jane@example.org>\n> Předmět: Hilfe\n> Datum: 2. března 2026 9:15:00 "
     "SEČ\n> Komu: tom@firm.example\n> \n> Please call.\n"},
    {"apple-ko", "Fwd",
     "> 전달된 메시지:\n> \n> 보낸 사람: Jane Doe <jane@example.org>\n> 제목: Hilfe\n> 날짜: 2026년 3월 2일\n> 받는 사람: "
     "tom@firm.example\n> \n> Please call.\n"},
    {"apple-zh", "Fwd",
     "> 以下是转发的邮件：\n> \n> 发件人: Jane Doe <jane@example.org>\n> 主题: Hilfe\n> 日期: 2026年3月2日\n> 收件人: "
     "tom@firm.example\n> \n> Please call.\n"},
    {"gmail-ko", "Fwd",
     "---------- Forwarded message ---------\n보낸사람: Jane Doe <jane@example.org>\nDate: 2026년 3월 2일 (월) 오전 9:15\nSubject: "
     "Hilfe\nTo: <tom@firm.example>\n\nPlease call.\n"},
    {"gmail-zh", "Fwd",
     "---------- Forwarded message ---------\n发件人： Jane Doe <jane@example.org>\nDate: 2026年3月2日周一 09:15\nSubject: "
     "Hilfe\nTo: <tom@firm.example>\n\nPlease call.\n"},
    {"outlook-mac-de", "WG", "Am 02.03.26, 09:15 schrieb \"Jane Doe\" <jane@example.org>:\n\nPlease call.\n"},
    {"outlook-mac-cs", "FW", "Dne 02.03.2026 9:15, „Jane Doe“ <jane@example.org> napsal(a):\n\nPlease call.\n"},
    {"outlook-mac-fi", "VL", "Jane Doe <jane@example.org> kirjoitti 2.3.2026 kello 9.15:\n\nPlease call.\n"},
    {"outlook-mac-pl", "PD", "W dniu 02.03.2026 09:15 użytkownik „Jane Doe” <jane@example.org> napisał:\n\nPlease call.\n"},
    {"outlook-mac-uk", "FW", "02.03.2026, 09:15, користувач \"Jane Doe\" <jane@example.org> написав:\n\nPlease call.\n"},
    {"outlook-mac-pt", "ENC", "Em 02/03/2026, 09:15, \"Jane Doe\" <jane@example.org> escreveu:\n\nPlease call.\n"},
    {"outlook-ko", "FW",
     "보낸 사람: Jane Doe <jane@example.org>\n보낸 날짜: 2026년 3월 2일\n받는 사람: tom@firm.example\n제목: Hilfe\n\nPlease "
     "call.\n"},
    {"notes", "Fw",
     "----- Forwarded by Tom Reid/London/Firm on 02/03/2026 09:15 -----\n\nFrom:\tJane Doe "
     "<jane@example.org>\nTo:\ttom@firm.example\nDate:\t02/03/2026 09:15\nSubject:\tHilfe\n\nPlease call.\n"},
    {"yahoo-de", "Fw",
     "   ----- Weitergeleitete Nachricht ----- Von: Jane Doe <jane@example.org>An: \"tom@firm.example\" "
     "<tom@firm.example>Gesendet: Montag, 2. März 2026 um 09:15:50 MEZBetreff: Hilfe\nPlease call.\n"},
    {"yahoo-hu", "Fw",
     "   ----- Továbbított üzenet ----- Feladó: Jane Doe <jane@example.org>Címzett: \"tom@firm.example\" "
     "<tom@firm.example>Elküldve: 2026. március 2. 09:15:50 CETTárgy: Hilfe\nPlease call.\n"},
    {"yahoo-sv", "Fw",
     "   ----- Vidarebefordrat meddelande ----- Från: Jane Doe <jane@example.org>Till: \"tom@firm.example\" "
     "<tom@firm.example>Skickat: måndag 2 mars 2026 09:15:50 CETÄmne: Hilfe\nPlease call.\n"},
    {"unknown-mark", "Fwd",
     "------ Blah Blah ------\nFrom: Jane Doe <jane@example.org>\nDate: Mon\nSubject: Hilfe\nTo: tom@firm.example\n\nPlease "
     "call.\n"},
    {"proton", "Fw",
     "------- Forwarded Message -------\nFrom: Jane Doe <jane@example.org>\nDate: On Monday, March 2nd, 2026 at 9:15 AM\nSubject: "
     "Hilfe\nTo: tom@firm.example <tom@firm.example>\n\n\nPlease call.\n"},
};

static void test_forwards(void)
{
    for (guint i = 0; i < G_N_ELEMENTS(forwards); i++) {
        g_autofree char *mail = g_strconcat("From: Tom Reid <tom@firm.example>\nTo: desk@firm.example\nSubject: ", forwards[i].mark,
                                            ": Hilfe\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\nsee below\n\n",
                                            forwards[i].text, NULL);
        g_autoptr(Message) message = parse_message(mail, strlen(mail), strlen(mail), NULL);
        const ForwardedOriginal *original = message->original;
        if (original == NULL || strcmp(original->from->name, "Jane Doe") != 0)
            g_error("%s: found \"%s\"", forwards[i].name, original == NULL ? "no forward" : original->from->name);
        g_assert_cmpstr(original->from->address, ==, "jane@example.org");
        g_assert_cmpstr(original->body, ==, "Please call.");
        g_assert_cmpstr(original->note, ==, "see below");
        g_assert_cmpstr(original->subject, ==, "Hilfe");
        g_assert_true(original->is_certain);
    }
}

/* Headers and bodies in charsets that are called by another name. */
static void test_charsets(void)
{
    static const struct {
        const char *mail, *subject, *name, *text;
    } mails[] = {
        {"From: =?iso-8859-1?Q?=93Jo=94_D=F6e?= <jo@example.org>\nSubject: =?iso-8859-1?B?k3F1b3RllA==?=\nContent-Type: "
         "text/plain; "
         "charset=iso-8859-1\n\n\x93quote\x94 \x80\n",
         "“quote”", "“Jo” Döe", "“quote” €"},
        {"From: =?utf-8?Q?Zo=EB?= <z@example.org>\nSubject: =?utf-8?Q?Zo=C3?=\n =?utf-8?Q?=AB?= asks\nContent-Type: text/plain; "
         "charset=Shift_JIS\n\n\x82\xb1\x82\xf1\x87\x40\n",
         "Zoë asks", "Zoë", "こん①"},
        {"From: =?x-unknown?Q?Zo=EB?= <z@example.org>\nSubject: =?broken?=\nContent-Type: text/plain; "
         "charset=gb2312\n\n\xe9\x46\xbb\xf9\n",
         "=?broken?=", "Zoë", "镕基"},
    };
    for (guint i = 0; i < G_N_ELEMENTS(mails); i++) {
        g_autoptr(Message) message = parse_message(mails[i].mail, strlen(mails[i].mail), strlen(mails[i].mail), NULL);
        g_assert_cmpstr(message->subject, ==, mails[i].subject);
        g_assert_cmpstr(message->from->name, ==, mails[i].name);
        g_assert_cmpstr(message->new_text, ==, mails[i].text);
    }
}

static void test_hidden(void)
{
    g_autoptr(Message) message =
        read_body("Subject: x\nContent-Type: text/html; charset=utf-8\n",
                  "<div style=\"max-height:0;overflow:hidden\">one</div><div style=\"visibility: hidden\">two</div><span "
                  "style=\"mso-hide:all\">three</span><p hidden>four</p><!--[if mso]>five<![endif]--><p><![if "
                  "!supportLists]>Seen<![endif]> by "
                  "all</p>");
    g_assert_cmpstr(message->new_text, ==, "Seen by all");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    parse_open();
    g_test_add_func("/quote/introductions", test_introductions);
    g_test_add_func("/quote/spoken", test_spoken);
    g_test_add_func("/quote/interleaved", test_interleaved);
    g_test_add_func("/quote/sent-from", test_sent_from);
    g_test_add_func("/quote/signatures", test_signatures);
    g_test_add_func("/quote/long-line", test_long_line);
    g_test_add_func("/quote/html", test_html);
    g_test_add_func("/quote/forwards", test_forwards);
    g_test_add_func("/quote/charsets", test_charsets);
    g_test_add_func("/quote/hidden", test_hidden);
    return g_test_run();
}
