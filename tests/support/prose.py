"""Invented running text in many languages, for pages that need more of it than one story."""

ENGLISH = (
    "The evening ferry to the outer islands is running again after eleven weeks in dry dock at Lendmouth.",
    "Captain Ines Varga said that the new engine needs no more than forty minutes for the passage.",
    "The council had set aside money for the repair in the spring, but the parts came late from abroad.",
    "Fishermen who had carried pupils to school free of charge were thanked at a supper in the fish hall.",
    "Fares stay as they are until the winter timetable, which will be printed in the last week of October.",
    "A cheaper ticket for pupils was asked for by the mayor, who crosses twice a week herself.",
    "Engineers found a crack in the hull that nobody had looked for, and it was welded within four days.",
    "The company lost about a third of its yearly takings and does not expect to make a profit.",
    "Two hotels on the north shore had closed for want of guests; both say that they will open again.",
    "On Monday the first boat left with every seat taken and a brass band on the upper deck.",
    "Older islanders remember the winter of the great ice, when no boat came for sixty days.",
    "A second ferry, smaller and quieter, has been ordered from a yard on the mainland.",
)
GERMAN = (
    "Die Abendfähre zu den äußeren Inseln verkehrt nach elf Wochen im Trockendock wieder wie gewohnt.",
    "Kapitänin Ines Varga sagte, mit der neuen Maschine dauere die Überfahrt keine vierzig Minuten mehr.",
    "Der Stadtrat hatte das Geld für die Reparatur schon im Frühjahr bewilligt, doch die Teile kamen spät.",
    "Die Fahrpreise bleiben bis zum Winterfahrplan, der Ende Oktober gedruckt wird, so wie sie sind.",
    "Zwei Gasthöfe am Nordufer hatten mangels Gästen geschlossen und wollen nun wieder öffnen.",
    "Am Montag legte das erste Boot voll besetzt ab, und auf dem Oberdeck spielte eine Blaskapelle.",
)
FRENCH = (
    "Le bac du soir vers les îles du large navigue de nouveau après onze semaines passées en cale sèche.",
    "La capitaine Inès Varga a indiqué que la traversée ne demande plus que quarante minutes.",
    "Le conseil avait voté les crédits au printemps, mais les pièces sont arrivées avec un long retard.",
    "Les tarifs ne changeront pas avant les horaires d'hiver, imprimés à la fin du mois d'octobre.",
    "Deux hôtels de la rive nord, fermés faute de clients, annoncent leur réouverture prochaine.",
)
SPANISH = (
    "El transbordador de la tarde a las islas exteriores navega de nuevo tras once semanas en dique seco.",
    "La capitana Inés Varga dijo que la nueva máquina no necesita más de cuarenta minutos para la travesía.",
    "El ayuntamiento había aprobado el dinero en primavera, pero las piezas llegaron con mucho retraso.",
    "Los precios no cambian hasta el horario de invierno, que se imprimirá a finales de octubre.",
)
RUSSIAN = (
    "Вечерний паром на дальние острова снова ходит после одиннадцати недель ремонта в сухом доке.",
    "Капитан Инна Варга сказала, что с новым двигателем переход занимает не больше сорока минут.",
    "Совет выделил деньги на ремонт ещё весной, однако детали пришли из-за границы с опозданием.",
    "Стоимость проезда не изменится до зимнего расписания, которое напечатают в конце октября.",
)
ARABIC = (
    "عادت عبارة المساء إلى الجزر البعيدة للإبحار بعد أحد عشر أسبوعا قضتها في الحوض الجاف للإصلاح.",
    "وقالت القبطانة إيناس فارغا إن المحرك الجديد لا يحتاج إلى أكثر من أربعين دقيقة لقطع المسافة.",
    "وكان المجلس قد خصص المال للإصلاح في الربيع، لكن القطع وصلت من الخارج متأخرة عدة أسابيع.",
    "وتبقى أسعار التذاكر كما هي حتى صدور جدول الشتاء في الأسبوع الأخير من شهر أكتوبر.",
)
HINDI = (
    "बाहरी द्वीपों को जाने वाली शाम की नौका ग्यारह सप्ताह की मरम्मत के बाद फिर से चलने लगी है।",
    "कप्तान इनेस वर्गा ने कहा कि नए इंजन के साथ यात्रा में अब चालीस मिनट से अधिक नहीं लगते।",
    "परिषद ने मरम्मत के लिए धन वसंत में ही दे दिया था, लेकिन पुर्जे विदेश से देर से पहुँचे।",
    "किराया सर्दियों की समय सारणी तक वैसा ही रहेगा, जो अक्टूबर के अंत में छापी जाएगी।",
)
THAI = (
    "เรือข้ามฟากรอบเย็นไปยังหมู่เกาะรอบนอกกลับมาให้บริการอีกครั้งหลังจากเข้าอู่ซ่อมนานสิบเอ็ดสัปดาห์",
    "กัปตันอิเนส วาร์กา กล่าวว่าเครื่องยนต์ใหม่ใช้เวลาเดินทางไม่เกินสี่สิบนาทีต่อเที่ยว",
    "สภาเมืองได้อนุมัติเงินค่าซ่อมไว้ตั้งแต่ฤดูใบไม้ผลิแต่ชิ้นส่วนจากต่างประเทศมาถึงล่าช้า",
    "ค่าโดยสารจะคงเดิมไปจนถึงตารางเดินเรือฤดูหนาวซึ่งจะพิมพ์ในสัปดาห์สุดท้ายของเดือนตุลาคม",
)
JAPANESE = (
    "離島へ向かう夕方のフェリーが、乾ドックでの十一週間の修理を終えて運航を再開した。",
    "船長のイネス・ヴァルガさんは、新しい機関なら航海は四十分もかからないと話した。",
    "市議会は春に修理費を認めていたが、部品が海外から届くのに思いのほか時間がかかった。",
    "運賃は十月の最終週に印刷される冬の時刻表まで据え置かれる見通しである。",
)


def text(sentences, count, *, start=0):
    """So many sentences in a row, from one of them on; from the first again after the last."""
    return " ".join(sentences[(start + n) % len(sentences)] for n in range(count))


def paragraphs(sentences, count, *, each=2):
    """So many paragraphs as HTML."""
    return "".join(f"<p>{text(sentences, each, start=n * each)}</p>" for n in range(count))
