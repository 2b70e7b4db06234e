#include "protocol/mysql/language/wire_column.h"

#include <algorithm>
#include <array>
#include <limits>

#include "base/rows.h"
#include "protocol/mysql/language/client_text.h"
#include "value/charset.h"

namespace octavo::mysql {
namespace {

using value::Extent;
using value::Kind;
using value::LogicalType;

constexpr std::uint16_t kBlob = 0x0010;
constexpr std::uint16_t kZerofill = 0x0040;
constexpr std::uint16_t kEnum = 0x0100;
constexpr std::uint16_t kSet = 0x0800;
constexpr std::uint16_t kNumber = 0x8000;  // is not sent: clients set it themselves

struct IntegerRow {
  std::uint8_t bits;
  WireType type;
};
constexpr IntegerRow kIntegers[] = {{8, WireType::tiny},
                                    {16, WireType::short_},
                                    {24, WireType::int24},
                                    {32, WireType::long_},
                                    {64, WireType::longlong}};

WireType integer_of(const LogicalType& type) {
  const auto* row = std::ranges::find(kIntegers, type.bits, &IntegerRow::bits);
  return row == std::end(kIntegers) ? WireType::longlong : row->type;
}
WireType real_of(const LogicalType& type) {
  constexpr std::uint8_t kSingleBits = 32;
  return type.bits == kSingleBits ? WireType::float_ : WireType::double_;
}
WireType text_of(const LogicalType& type) {
  switch (type.extent) {
    case Extent::varying: return WireType::var_string;
    case Extent::fixed: return WireType::string;
    case Extent::large: return WireType::blob;
  }
  return WireType::var_string;
}

// How values of a kind go over the wire.
struct KindRow {
  Kind kind;
  WireType type = WireType::var_string;
  std::uint16_t flags = 0;
  bool is_text = false;                               // in the client's character set
  WireType (*type_of)(const LogicalType&) = nullptr;  // where it depends on more
};
constexpr std::array kKinds = std::to_array<KindRow>({
    {Kind::dynamic, WireType::blob, kBlob, true},
    {Kind::null, WireType::null, column_flag::kBinary},
    {Kind::boolean, WireType::longlong, kNumber},
    {Kind::integer, WireType::longlong, kNumber, false, integer_of},
    {Kind::real, WireType::double_, kNumber, false, real_of},
    {Kind::decimal, WireType::decimal, kNumber},
    {Kind::text, WireType::var_string, 0, true, text_of},
    {Kind::bytes, WireType::var_string, column_flag::kBinary, false, text_of},
    {Kind::bits, WireType::bit, column_flag::kUnsigned},
    {Kind::date, WireType::date, column_flag::kBinary},
    {Kind::time, WireType::time, column_flag::kBinary},
    {Kind::datetime, WireType::datetime, column_flag::kBinary},
    {Kind::timestamp, WireType::timestamp, column_flag::kBinary},
    {Kind::year, WireType::year, column_flag::kUnsigned | kZerofill | kNumber},
    {Kind::enumeration, WireType::string, kEnum, true},
    {Kind::set, WireType::string, kSet, true},
    {Kind::json, WireType::json, kBlob | column_flag::kBinary},
    {Kind::uuid, WireType::string, 0, true},
    {Kind::object_id, WireType::string, 0, true},
    {Kind::duration, WireType::time, column_flag::kBinary},
    {Kind::array, WireType::json, kBlob | column_flag::kBinary},
    {Kind::geometry, WireType::json, kBlob | column_flag::kBinary},
});
static_assert(rows_in_place(kKinds, &KindRow::kind, Kind::geometry));

// What texts are announced in: of a set without a collation of its own in this session, its
// default.
const value::Collation& collation_of_results(const sql::Type& type, const sql::Settings& settings) {
  if (settings.results == nullptr) return type.collation();
  if (settings.connection->charset == settings.results->id) return *settings.connection;
  return *value::find_collation(settings.results->default_collation);
}

std::uint32_t in_bytes(std::uint32_t characters, const value::Collation& collation) {
  const std::uint64_t bytes =
      std::uint64_t{characters} * value::charset_of(collation.charset).most_bytes;
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(bytes, std::numeric_limits<std::uint32_t>::max()));
}

// A name in the client's character set.
std::string in_charset(const value::Charset* results, const std::string& name) {
  if (results == nullptr || !is_of_bytes(*results)) return name;
  std::string out;
  // What the set does not have is shown as `?`.
  static_cast<void>(results->from_utf8(name, out));
  return out;
}

}  // namespace

Column wire_column(const sql::OutputColumn& column, const sql::Settings& settings) {
  const LogicalType& type = *column.type.logical;
  const KindRow& row = row_of(kKinds, type.kind);
  Column out;
  out.database = in_charset(settings.results, column.database);
  out.table = in_charset(settings.results, column.table);
  out.org_table = in_charset(settings.results, column.original_table);
  out.name = in_charset(settings.results, column.name);
  out.org_name = in_charset(settings.results, column.original_name);
  out.type = row.type_of == nullptr ? row.type : row.type_of(type);
  out.flags = static_cast<std::uint16_t>(row.flags | column.flags);
  out.decimals = column.type.decimals;
  out.shown = column.type.logical;
  out.shown = column.type.logical;
  out.length = column.type.width;
  if (row.is_text) {
    const value::Collation& collation = collation_of_results(column.type, settings);
    out.charset = collation.id;
    // Those of large texts are declared in bytes.
    if (type.extent != Extent::large) out.length = in_bytes(column.type.width, collation);
  }
  if (type.kind == Kind::json || type.kind == Kind::dynamic) {
    out.length = std::numeric_limits<std::uint32_t>::max();
  }
  if (type.kind == Kind::text || type.kind == Kind::bytes) {
    if (type.extent == Extent::large) out.flags |= kBlob;
  }
  const bool computed = column.original_name.empty();
  // A number of a column is none of bytes, one that was computed is: so clients tell them apart.
  if ((row.flags & kNumber) != 0) {
    const std::uint16_t more = computed ? column_flag::kBinary : 0;
    out.flags = static_cast<std::uint16_t>((out.flags & ~kNumber) | more);
  }
  if (type.is_unsigned) out.flags |= column_flag::kUnsigned;
  if (type.zerofill) out.flags |= kZerofill;
  if (!column.type.nullable) out.flags |= column_flag::kNotNull;
  return out;
}

Column parameter_column() {
  constexpr std::uint32_t kWidth = 65'532;
  return {.name = "?",
          .charset = kUtf8mb4,
          .length = kWidth,
          .type = WireType::var_string,
          .decimals = sql::kNotFixed};
}

}  // namespace octavo::mysql
