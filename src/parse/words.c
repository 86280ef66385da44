/*
 * parse/words.c - what mail programs write above a mail that they quote or pass on, in their languages
 *
 * These are facts of other people's software (Outlook, Gmail, Apple Mail, Thunderbird, Yahoo, HubSpot, Missive, IONOS), not rules of a firm,
 * so they stand here and not in the rulebook. Words are compared folded: case and accents do not matter. The tables are folded once, by
 * words_open, into hash tables.
 */
#include "parts.h"

#include <string.h>

#include "usher/base/text.h"

typedef struct {
    HeaderWord word;
    const char *names; /* parted by "|" */
} HeaderNames;

static const HeaderNames header_names[] = {
    {WORD_FROM,
     "from|von|de|fra|från|da|mittente|van|od|odosielateľ|отправитель|от|від|от кого|kimden|gönderen|lähettäjä|feladó|saatja|"
     "de la|expéditeur|差出人|送信元|送信者|发件人|寄件者|寄件人|remitente|nadawca|šalje|pošiljatelj|ot|από|מאת|من|보낸 "
     "사람|보낸사람|odosielateľ|odesílatel|"
     "oddi wrth|expeditor|saatja|kellelt|afsender|avsender|avsändare|absender|từ|dari"},
    {WORD_DATE,
     "date|sent|datum|gesendet|gesendet am|dato|sendt|data|inviato|fecha|enviado|enviado el|envoyé|envoyé le|verzonden|"
     "wysłano|datum slanja|poslano|odesláno|odoslané|dátum|elküldve|küldve|дата|отправлено|надіслано|tarih|gönderilen|"
     "gönderme tarihi|gönderildi|päivämäärä|päiväys|lähetetty|kuupäev|saadetud|skickat|skickat den|data "
     "trimiterii|trimis|日付|日時|送信日時|"
     "enviada|enviada em|data de envio|sendt den|发送时间|发送日期|日期|寄件日期|傳送日期|ημερομηνία|odoslal|poslané|보낸 "
     "날짜|보낸날짜|날짜|"
     "dyddiad|anfonwyd|message du|gönderilme tarihi|data wysłania|data invio|data dell'invio|datum verzending|đã gửi|gửi "
     "lúc|ngày|tanggal"},
    {WORD_TO,
     "to|an|à|a|til|till|aan|do|komu|кому|kime|alıcı|vastaanottaja|címzett|para|către|destinatario|destinatari|destinataire|"
     "宛先|送信先|收件人|收件者|prima|za|saaja|kellele|pre|adresát|προς|destinatário|adresat|adressat|pour|받는 사람|받는사람|"
     "at|modtager|mottaker|mottagare|empfänger|geadresseerde|primatelj|đến|tới|kepada"},
    {WORD_CC,
     "cc|kopie|kopi|kopia|copie|copie à|dw|do wiadomości|копия|копія|bilgi|kopio|másolat|másolatot kap|kópia|kopie an|cópia|copia|"
     "kopija|抄送|副本|抄送人|koopia|κοιν|참조|kopie (cc)|copie (cc)|kopi til|copia a|con copia|conocimiento|másolat|cc'd"},
    {WORD_SUBJECT,
     "subject|betreff|emne|ämne|oggetto|asunto|objet|onderwerp|temat|předmět|predmet|тема|konu|aihe|tárgy|teema|subiect|件名|"
     "pwnc|assunto|主题|主題|主旨|标题|標題|θέμα|sujet|naslov|제목|ogg|sujet du message|chủ đề|tiêu đề|perihal|subj"},
    {WORD_REPLY_TO,
     "reply-to|responder a|antwort an|répondre à|rispondi a|svar til|risposta|svara till|ответить|antwoord aan|odpovědět|vastaus|"
     "odpowiedź do|yanıtla|válaszcím|responder para|odpovedať"},
};

/* Marks of a forward, without the dashes around them. */
static const char forward_marks[] =
    "neges a anfonwyd ymlaen|neges wedi'i hanfon ymlaen|forwarded message|begin forwarded message|forwarded by|weitergeleitete "
    "nachricht|anfang der weitergeleiteten nachricht|"
    "message transféré|message transmis|début du message réexpédié|début du message transféré|message réexpédié|mensaje reenviado|"
    "inicio del mensaje reenviado|messaggio inoltrato|inizio messaggio inoltrato|doorgestuurd bericht|begin doorgestuurd bericht|"
    "mensagem encaminhada|mensagem reencaminhada|início da mensagem encaminhada|início da mensagem reencaminhada|videresendt "
    "meddelelse|videresendt melding|"
    "videresendt besked|videresendt e-mail|start på videresendt besked|begynnelse på videresendt melding|vidarebefordrat "
    "meddelande|vidarebefordrat brev|"
    "vidarebefordrat mail|börja vidarebefordrat meddelande|början på vidarebefordrat meddelande|välitetty viesti|edelleenlähetetty "
    "viesti|"
    "edelleen lähetetty viesti|välitetty viesti alkaa|przekazana wiadomość|przekazywana wiadomość|wiadomość przesłana dalej|"
    "początek przekazywanej wiadomości|początek przekazanej wiadomości|treść przekazanej wiadomości|přeposlaná zpráva|přeposlaný "
    "e-mail|"
    "začátek přeposlané zprávy|preposlaná správa|začiatok preposlanej správy|začetek posredovanega sporočila|prosljeđena "
    "poruka|proslijeđena poruka|"
    "započinje proslijeđena poruka|započni proslijeđenu poruku|пересылаемое сообщение|перенаправленное сообщение|пересланное "
    "сообщение|"
    "начало переадресованного сообщения|переслане повідомлення|початок листа, що пересилається|початок пересланого "
    "повідомлення|yönlendirilen ileti|iletilen mesaj|iletilmiş mesaj|"
    "ileti başlangıcı|iletilen i̇leti|továbbított levél|továbbított üzenet|továbbított levél kezdete|mesaj redirecționat|mesaj "
    "redirecţionat|"
    "început mesaj redirecționat|începutul mesajului redirecționat|edastatud kiri|edasisaadetud "
    "sõnum|メッセージを転送|転送メッセージ|"
    "転送されたメッセージ|转发的邮件|转发邮件|開始轉寄郵件|以下是转发的邮件|開始轉寄訊息|開始转发邮件|开始转发的邮件|轉寄郵件|"
    "已转发邮件|전달된 메시지|전달된 메일|"
    "vidarebefordrat mejl|začátek přeposílané zprávy|přeposílaná zpráva|yönlendirilmiş ileti|yönlendirilen mesaj|mesaj "
    "înaintat|mesaj transmis|"
    "edastatud sõnum|proslijeđena e-pošta|fortsatt melding|messaggio girato|videresendt post|mensaje reenviado desde|missatge "
    "reenviat|"
    "tin nhắn đã chuyển tiếp|pesan terusan|videresendt e-post|viestin välitys|fwd|forwarded mail|forwarded email|forwarded letter|"
    "message forwarded|transferred message|weitergeleitete e-mail|weitergeleitete mail|nachricht weitergeleitet|e-mail "
    "transféré|courriel "
    "transféré";

/* Marks that replies carry as well. */
static const char original_marks[] =
    "neges wreiddiol|original message|original appointment|ursprüngliche nachricht|originalnachricht|original-nachricht|message "
    "d'origine|message "
    "original|mensaje original|"
    "messaggio originale|oorspronkelijk bericht|origineel bericht|mensagem original|oprindelig meddelelse|opprinnelig melding|"
    "ursprungligt meddelande|originalmeddelande|alkuperäinen viesti|wiadomość oryginalna|oryginalna wiadomość|původní "
    "zpráva|pôvodná správa|"
    "oprindelig besked|opprinnelig beskjed|originalbesked|ursprungligt mejl|ursprüngliche e-mail|urspr. "
    "nachricht|original|original mail|"
    "original email|原始郵件|原邮件|원본 메시지|원본 메일|alkuperäinen sähköposti|původní e-mail|pôvodný e-mail|poruka "
    "izvorna|originalna poruka|"
    "messaggio original|mesajul original|algne kiri|originele bericht|mensagem de origem|e-mail original|eredeti levél|eredeti "
    "e-mail|"
    "початкове повідомлення|оригінальне повідомлення|пересланное письмо|исходное письмо|"
    "исходное сообщение|оригинальное сообщение|вихідне повідомлення|orijinal ileti|özgün ileti|eredeti üzenet|mesaj original|algne "
    "sõnum|元のメッセージ|原始邮件|izvorna poruka";

/* First words of a subject, before a colon. */
static const char forward_subjects[] =
    "fwd|fw|wg|tr|rv|i|enc|vs|vb|vl|pd|fwd fwd|doorst|tr.|fs|ilt|i̇lt|yml|továbbítás|továbbítva|továbbít|転送|转发|轉寄|edasi|pv|"
    "реdir|перенапр|пересл|пер|hа|на|fw "
    "de|redirecționat|redir|rif|inoltro|proslijeđeno|prosl|preposl|přeposl|videresend|doorgestuurd";
static const char reply_subjects[] =
    "re|aw|sv|antw|odp|ré|rép|réf|res|resp|ynt|yan|r|rif|vá|отв|отг|ответ|відп|答复|回复|回覆|atb|antwort|svar|re-|bls";

static GHashTable *headers_by_name;
static GHashTable *forward_mark_set, *original_mark_set, *forward_subject_set, *reply_subject_set;

static GHashTable *fold_set(const char *words)
{
    GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_auto(GStrv) parts = g_strsplit(words, "|", -1);
    for (guint i = 0; parts[i] != NULL; i++)
        g_hash_table_add(set, text_fold(parts[i]));
    return set;
}

void words_open(void)
{
    headers_by_name = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < G_N_ELEMENTS(header_names); i++) {
        g_auto(GStrv) names = g_strsplit(header_names[i].names, "|", -1);
        for (guint n = 0; names[n] != NULL; n++) {
            g_autofree char *folded = text_fold(names[n]);
            if (!g_hash_table_contains(headers_by_name, folded))
                g_hash_table_insert(headers_by_name, g_steal_pointer(&folded), GINT_TO_POINTER(header_names[i].word));
        }
    }
    forward_mark_set = fold_set(forward_marks);
    original_mark_set = fold_set(original_marks);
    forward_subject_set = fold_set(forward_subjects);
    reply_subject_set = fold_set(reply_subjects);
}

/* The colon of a header line, ASCII or full-width; its size in bytes. */
static const char *find_colon(const char *line, gsize length, gsize *size)
{
    gsize reach = MIN(length, 60);
    for (gsize i = 0; i < reach; i++) {
        *size = 1;
        if (line[i] == ':')
            return line + i;
        *size = 3;
        if (i + 3 <= length && memcmp(line + i, "\xEF\xBC\x9A", 3) == 0)
            return line + i;
    }
    return NULL;
}

HeaderWord words_read_header(const char *line, gsize length, char **value)
{
    gsize size = 0;
    const char *colon = find_colon(line, length, &size);
    if (colon == NULL)
        return WORD_NONE;
    g_autofree char *label = g_strndup(line, (gsize)(colon - line));
    g_autofree char *folded = text_fold(label);
    HeaderWord word = (HeaderWord)GPOINTER_TO_INT(g_hash_table_lookup(headers_by_name, folded));
    if (word != WORD_NONE && value != NULL) {
        Line rest = line_strip((Line){colon + size, length - (gsize)(colon + size - line)});
        while (rest.length > 0 && *rest.start == '*')
            rest = line_strip((Line){rest.start + 1, rest.length - 1});
        *value = g_strndup(rest.start, rest.length);
    }
    return word;
}

/* The words of a line without the dashes around them. */
static char *fold_mark(const char *line, gsize length)
{
    if (length > 200)
        return NULL;
    while (length > 0 && strchr("-_=* ", *line) != NULL) {
        line++;
        length--;
    }
    while (length > 0 && strchr("-_=*: ", line[length - 1]) != NULL)
        length--;
    if (length == 0)
        return NULL;
    g_autofree char *words = g_strndup(line, length);
    return text_fold(words);
}

gboolean words_is_forward_mark(const char *line, gsize length, gboolean *is_original)
{
    *is_original = FALSE;
    gboolean is_ruled = length > 4 && (memcmp(line, "--", 2) == 0 || memcmp(line, "__", 2) == 0 || memcmp(line, "==", 2) == 0);
    gboolean has_colon =
        length > 1 && (line[length - 1] == ':' || (length > 3 && memcmp(line + length - 3, "\xEF\xBC\x9A", 3) == 0));
    if (!is_ruled && !has_colon)
        return FALSE;
    g_autofree char *folded = fold_mark(line, length);
    if (folded == NULL)
        return FALSE;
    if (g_hash_table_contains(forward_mark_set, folded))
        return TRUE;
    if (is_ruled && g_str_has_prefix(folded, "forwarded by "))
        return TRUE;
    return *is_original = is_ruled && g_hash_table_contains(original_mark_set, folded);
}

/* The length of the first mark of a subject with its colon; 0 when there is none. Its kind goes to *is_forward. */
static gsize read_subject_mark(const char *subject, gboolean *is_forward, gboolean *is_reply)
{
    gsize size = 0;
    const char *colon = find_colon(subject, MIN(strlen(subject), 24), &size);
    if (colon == NULL)
        return 0;
    gsize length = (gsize)(colon - subject);
    g_autofree char *mark = g_strndup(subject, length);
    char *counter = strpbrk(mark, "[(0123456789"); /* Re[2]: and Re(2): */
    if (counter != NULL)
        *counter = '\0';
    g_autofree char *folded = text_fold(mark);
    *is_forward = g_hash_table_contains(forward_subject_set, folded);
    *is_reply = g_hash_table_contains(reply_subject_set, folded);
    return *is_forward || *is_reply ? length + size : 0;
}

gboolean words_is_forward_subject(const char *subject)
{
    gboolean is_forward = FALSE, is_reply = FALSE;
    return read_subject_mark(subject, &is_forward, &is_reply) > 0 && is_forward;
}

gboolean words_is_reply_subject(const char *subject)
{
    gboolean is_forward = FALSE, is_reply = FALSE;
    return read_subject_mark(subject, &is_forward, &is_reply) > 0 && is_reply;
}

const char *words_skip_subject_marks(const char *subject)
{
    gboolean is_forward = FALSE, is_reply = FALSE;
    for (gsize length; (length = read_subject_mark(subject, &is_forward, &is_reply)) > 0;) {
        subject += length;
        while (*subject == ' ')
            subject++;
    }
    return subject;
}
