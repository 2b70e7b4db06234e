#include "protocol/mysql/column.h"

#include <algorithm>
#include <array>
#include <span>

#include "protocol/mysql/payload.h"

namespace octavo::mysql {

namespace {

constexpr std::uint8_t kFixedBytes = 12;  // behind the texts
constexpr std::size_t kMostShort = 250;   // a length that is one byte

// The texts, each behind its length. Most results are small, and definitions no less work than
// their rows: room is made once where all of them are short.
void put_texts(Bytes& out, std::span<const BytesView> texts) {
  std::size_t total = 0;
  for (const BytesView text : texts) total += 1 + text.size();
  const auto is_long = [](BytesView text) { return text.size() > kMostShort; };
  if (std::ranges::any_of(texts, is_long)) {
    for (const BytesView text : texts) put_text(out, text);
    return;
  }
  const std::size_t before = out.size();
  // The size that it is called with may be too large: libstdc++ 12 gives what it has allocated.
  out.resize_and_overwrite(before + total, [&](char* bytes, std::size_t) {
    char* at = bytes + before;
    for (const BytesView text : texts) {
      *at++ = static_cast<char>(text.size());
      at += text.copy(at, text.size());
    }
    return before + total;
  });
}

}  // namespace

void put_column(Bytes& out, const Column& column) {
  const std::array<BytesView, 6> texts = {"def",  // the catalog, of which there is one
                                          column.database, column.table,   column.org_table,
                                          column.name,     column.org_name};
  put_texts(out, texts);
  char fixed[1 + kFixedBytes] = {static_cast<char>(kFixedBytes)};
  char* at = fixed + 1;
  const auto put = [&at](auto number) {
    store_le(at, number);
    at += sizeof number;
  };
  put(column.charset);
  put(column.length);
  put(static_cast<std::uint8_t>(column.type));
  put(column.flags);
  put(column.decimals);
  out.append(fixed, sizeof fixed);
}

void put_column_with_default(Bytes& out, const Column& column,
                             const std::optional<std::string>& fallback) {
  put_column(out, column);
  if (!fallback) {
    out.push_back(kNullCell);
  } else {
    put_text(out, *fallback);
  }
}

}  // namespace octavo::mysql
