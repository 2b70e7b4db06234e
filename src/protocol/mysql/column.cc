#include "protocol/mysql/column.h"

#include <utility>

#include "protocol/mysql/payload.h"

namespace octavo::mysql {

void put_column(Bytes& out, const Column& column) {
  constexpr std::uint8_t kFixedBytes = 12;
  put_text(out, "def");  // the catalog, of which there is one
  put_text(out, column.database);
  put_text(out, column.table);
  put_text(out, column.org_table);
  put_text(out, column.name);
  put_text(out, column.org_name);
  out.push_back(static_cast<char>(kFixedBytes));
  put_le(out, column.charset);
  put_le(out, column.length);
  out.push_back(static_cast<char>(std::to_underlying(column.type)));
  put_le(out, column.flags);
  out.push_back(static_cast<char>(column.decimals));
  out.append(2, '\0');
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
