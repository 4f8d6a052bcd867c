/* keyboard_layout_data.c - the tables of keyboard layouts.
 * SPDX-License-Identifier: BSD-3-Clause
 *
 * What is printed on keyboards sold in these countries; in some of them ~ and `
 * are dead keys, but where programmers have them with AltGr they are not here.
 */
#include "keyboard_layout_data.h"

#define NONE "\x1F"
#define ACUTE "\1"
#define GRAVE "\2"
#define CIRCUMFLEX "\3"
#define TILDE "\4"
#define DIAERESIS "\5"

#define KEYS(plain, shifted, with_alt) plain shifted with_alt

const char *const keyboard_accents[KEYBOARD_DEAD_MAX + 1] = {
    0,
    "´aáeéiíoóuúyýAÁEÉIÍOÓUÚYÝ",
    "`aàeèiìoòuùAÀEÈIÌOÒUÙ",
    "^aâeêiîoôuûAÂEÊIÎOÔUÛ",
    "~aãnñoõAÃNÑOÕ",
    "¨aäeëiïoöuüyÿAÄEËIÏOÖUÜYŸ",
};

/* Sweden's, and Finland's. */
#define NORDIC KEYS(                        \
    "§1234567890+" ACUTE                    \
    "qwertyuiopå" DIAERESIS                 \
    "asdfghjklöä'"                          \
    "<zxcvbnm,.-",                          \
    "½!\"#¤%&/()=?" GRAVE                   \
    "QWERTYUIOPÅ" CIRCUMFLEX                \
    "ASDFGHJKLÖÄ*"                          \
    ">ZXCVBNM;:_",                          \
    "2@3£4$5€7{8[9]0}+\\e€<|mµ" DIAERESIS "~")

const struct keyboard_layout keyboard_layouts[] = {
    { "us", KEYS(
      "`1234567890-="
      "qwertyuiop[]"
      "asdfghjkl;'\\"
      "<zxcvbnm,./",
      "~!@#$%^&*()_+"
      "QWERTYUIOP{}"
      "ASDFGHJKL:\"|"
      ">ZXCVBNM<>?",
      "") },
    { "uk", KEYS(
      "`1234567890-="
      "qwertyuiop[]"
      "asdfghjkl;'#"
      "\\zxcvbnm,./",
      "¬!\"£$%^&*()_+"
      "QWERTYUIOP{}"
      "ASDFGHJKL:@~"
      "|ZXCVBNM<>?",
      "`¦4€aáeéiíoóuúAÁEÉIÍOÓUÚ") },
    { "be", KEYS(
      "²&é\"'(§è!çà)-"
      "azertyuiop" CIRCUMFLEX "$"
      "qsdfghjklmùµ"
      "<wxcvbn,;:=",
      "³1234567890°_"
      "AZERTYUIOP" DIAERESIS "*"
      "QSDFGHJKLM%£"
      ">WXCVBN?./+",
      "&|é@\"#§^ç{à}e€" CIRCUMFLEX "[$]ù" ACUTE "µ" GRAVE "=~<\\") },
    { "ch", KEYS(
      "§1234567890'" CIRCUMFLEX
      "qwertzuiopü" DIAERESIS
      "asdfghjklöä$"
      "<yxcvbnm,.-",
      "°+\"*ç%&/()=?" GRAVE
      "QWERTZUIOPè!"
      "ASDFGHJKLéà£"
      ">YXCVBNM;:_",
      "1¦2@3#6¬7|8¢'" ACUTE CIRCUMFLEX "~e€ü[" DIAERESIS "]ä{$}<\\") },
    { "de", KEYS(
      CIRCUMFLEX "1234567890ß" ACUTE
      "qwertzuiopü+"
      "asdfghjklöä#"
      "<yxcvbnm,.-",
      "°!\"§$%&/()=?" GRAVE
      "QWERTZUIOPÜ*"
      "ASDFGHJKLÖÄ'"
      ">YXCVBNM;:_",
      "2²3³7{8[9]0}ß\\q@e€+~<|mµ") },
    { "dk", KEYS(
      "½1234567890+" ACUTE
      "qwertyuiopå" DIAERESIS
      "asdfghjklæø'"
      "<zxcvbnm,.-",
      "§!\"#¤%&/()=?" GRAVE
      "QWERTYUIOPÅ" CIRCUMFLEX
      "ASDFGHJKLÆØ*"
      ">ZXCVBNM;:_",
      "2@3£4$5€7{8[9]0}" ACUTE "|e€<\\mµ" DIAERESIS "~") },
    { "es", KEYS(
      "º1234567890'¡"
      "qwertyuiop" GRAVE "+"
      "asdfghjklñ" ACUTE "ç"
      "<zxcvbnm,.-",
      "ª!\"·$%&/()=?¿"
      "QWERTYUIOP" CIRCUMFLEX "*"
      "ASDFGHJKLÑ" DIAERESIS "Ç"
      ">ZXCVBNM;:_",
      "º\\1|2@3#4~5€6¬e€" GRAVE "[+]" ACUTE "{ç}") },
    { "fi", NORDIC },
    { "fr", KEYS(
      "²&é\"'(-è_çà)="
      "azertyuiop" CIRCUMFLEX "$"
      "qsdfghjklmù*"
      "<wxcvbn,;:!",
      NONE "1234567890°+"
      "AZERTYUIOP" DIAERESIS "£"
      "QSDFGHJKLM%µ"
      ">WXCVBN?./§",
      "é~\"#'{([-|è`_\\ç^à@)]=}e€$¤") },
    { "it", KEYS(
      "\\1234567890'ì"
      "qwertyuiopè+"
      "asdfghjklòàù"
      "<zxcvbnm,.-",
      "|!\"£$%&/()=?^"
      "QWERTYUIOPé*"
      "ASDFGHJKLç°§"
      ">ZXCVBNM;:_",
      "5€7{8[9]0}'`ì~e€è[+]é{*}ò@à#") },
    { "no", KEYS(
      "|1234567890+\\"
      "qwertyuiopå" DIAERESIS
      "asdfghjkløæ'"
      "<zxcvbnm,.-",
      "§!\"#¤%&/()=?" GRAVE
      "QWERTYUIOPÅ" CIRCUMFLEX
      "ASDFGHJKLØÆ*"
      ">ZXCVBNM;:_",
      "2@3£4$5€7{8[9]0}\\" ACUTE "e€mµ" DIAERESIS "~") },
    { "pt", KEYS(
      "\\1234567890'«"
      "qwertyuiop+" ACUTE
      "asdfghjklçº" TILDE
      "<zxcvbnm,.-",
      "|!\"#$%&/()=?»"
      "QWERTYUIOP*" GRAVE
      "ASDFGHJKLÇª" CIRCUMFLEX
      ">ZXCVBNM;:_",
      "2@3£4§5€7{8[9]0}e€+" DIAERESIS) },
    { "se", NORDIC },
    { "", 0 },
};
