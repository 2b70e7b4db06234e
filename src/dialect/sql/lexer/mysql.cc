#include "dialect/sql/lexer/dialect.h"

namespace octavo::sql {
namespace {

constexpr std::string_view kCharsets[] = {
    "armscii8", "ascii",   "big5",     "binary", "cp1250",  "cp1251",  "cp1256",
    "cp1257",   "cp850",   "cp852",    "cp866",  "cp932",   "dec8",    "eucjpms",
    "euckr",    "gb18030", "gb2312",   "gbk",    "geostd8", "greek",   "hebrew",
    "hp8",      "keybcs2", "koi8r",    "koi8u",  "latin1",  "latin2",  "latin5",
    "latin7",   "macce",   "macroman", "sjis",   "swe7",    "tis620",  "ucs2",
    "ujis",     "utf16",   "utf16le",  "utf32",  "utf8",    "utf8mb3", "utf8mb4",
};

constexpr std::uint32_t kMysqlVersion = 80042;

}  // namespace

const Dialect kMysqlDialect = {
    .name = "MySQL",
    .words = &WordRow::mysql,
    .bit = kMysql,
    .lexis = kHashComments | kDashesNeedSpace | kVersionComments | kHints | kBackslashEscapes |
             kDoubleQuotedStrings | kBacktickNames | kAtVariables | kIntroducers |
             kNationalStrings | kBitStrings | kHexStrings | kDigitsInNames,
    .version = kMysqlVersion,
    .charsets = kCharsets,
};

}  // namespace octavo::sql
