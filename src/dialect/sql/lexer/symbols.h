#pragma once

// The symbols of all dialects, longer ones before those they begin with.

#include <array>
#include <cstdint>
#include <string_view>

namespace octavo::sql {

using Dialects = std::uint8_t;  // a bit each
constexpr Dialects kMysql = 1 << 0;

struct SymbolRow {
  std::string_view text;
  Dialects dialects;
};

constexpr std::array kSymbols = std::to_array<SymbolRow>({
    {"<=>", kMysql}, {"->>", kMysql}, {"<<", kMysql}, {">>", kMysql}, {"<=", kMysql},
    {">=", kMysql},  {"<>", kMysql},  {"!=", kMysql}, {":=", kMysql}, {"&&", kMysql},
    {"||", kMysql},  {"->", kMysql},  {"@@", kMysql}, {"(", kMysql},  {")", kMysql},
    {",", kMysql},   {".", kMysql},   {";", kMysql},  {"=", kMysql},  {"<", kMysql},
    {">", kMysql},   {"+", kMysql},   {"-", kMysql},  {"*", kMysql},  {"/", kMysql},
    {"%", kMysql},   {"^", kMysql},   {"&", kMysql},  {"|", kMysql},  {"~", kMysql},
    {"!", kMysql},   {"?", kMysql},   {"{", kMysql},  {"}", kMysql},  {":", kMysql},
    {"@", kMysql},
});

}  // namespace octavo::sql
