#include <pure64/options.h>
#include <pure64/string.h>
int options_find(const char *text, const char *name, const char **value)
{
    size_t length = strlen(name);
    int found = -1;

    while (*text) {
        size_t word = 0;
        while (*text == ' ')
            text++;
        while (text[word] && text[word] != ' ')
            word++;
        if (word >= length && !memcmp(text, name, length) &&
            (word == length || text[length] == '=')) {
            *value = text + length + (word > length);
            found = (int)(word > length ? word - length - 1 : 0);
        }
        text += word;
    }
    return found;
}
