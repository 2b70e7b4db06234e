#include "protocol/mysql/language/inference.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "value/collation.h"
#include "value/decimal.h"

namespace octavo::mysql {
namespace {

using value::Type;
using value::Value;

constexpr std::uint32_t bit(Type type) { return 1U << std::to_underlying(type); }
constexpr std::uint32_t kIntegers = bit(Type::int64) | bit(Type::uint64);
constexpr std::uint32_t kNumbers = kIntegers | bit(Type::float64) | bit(Type::decimal);
constexpr std::uint32_t kContainers = bit(Type::array) | bit(Type::object) | bit(Type::geometry);

// Protocols that have numbers of one kind write integers as reals.
Type type_seen(const Value& value) {
  constexpr double kExact = 9'007'199'254'740'992;  // 2^53
  if (value.type() != Type::float64) return value.type();
  const double number = value.as_float64();
  return std::trunc(number) == number && std::abs(number) <= kExact ? Type::int64 : Type::float64;
}

constexpr std::uint32_t kLongLength = 0xffffffff;

// The order of texts that RethinkDB's indexes have, so that they serve.
const value::Collation& bytewise() { return *value::find_collation("utf8mb4_0900_bin"); }

sql::Type column_of(value::LogicalType type) {
  return sql::column_type(value::make_type(std::move(type)), true);
}
sql::Type long_text() {
  value::LogicalType type;
  type.kind = value::Kind::text;
  type.extent = value::Extent::large;
  type.length = kLongLength;
  type.collation = &bytewise();
  return column_of(std::move(type));
}
sql::Type plain(value::Kind kind, std::uint8_t bits = 0) {
  value::LogicalType type;
  type.kind = kind;
  type.bits = bits;
  return column_of(std::move(type));
}
sql::Type small_boolean() {
  value::LogicalType type;
  type.kind = value::Kind::integer;
  type.bits = 8;
  type.shown_width = 1;
  return column_of(std::move(type));
}
sql::Type long_bytes() {
  value::LogicalType type;
  type.kind = value::Kind::bytes;
  type.extent = value::Extent::large;
  type.length = kLongLength;
  return column_of(std::move(type));
}
sql::Type with_precision(value::Kind kind) {
  value::LogicalType type;
  type.kind = kind;
  type.precision = sql::kMaxTimePrecision;
  return column_of(std::move(type));
}
sql::Type exact(int scale) {
  value::LogicalType type;
  type.kind = value::Kind::decimal;
  type.precision = sql::kMaxDecimalPrecision;
  type.scale = static_cast<std::uint8_t>(std::clamp<int>(scale, 0, sql::kMaxDecimalScale));
  return column_of(std::move(type));
}

// Of the keyspace: what its documents always have.
std::vector<sql::InferredColumns::Column> keyspace_columns() {
  sql::Type key = long_text();
  key.nullable = false;
  return {{"id", key},
          {"type", long_text()},
          {"value", plain(value::Kind::dynamic)},
          {"ttl", plain(value::Kind::real, 64)}};
}

Status sample(engine::Engine& engine, const catalog::TableDefinition& table,
              algebra::Direction direction, exec::QueryContext& context, Sample& out) {
  const auto plan = algebra::make_plan(algebra::Limit{
      .input = algebra::make_plan(algebra::Scan{.table = table.id, .order = direction}),
      .count = kSampledRows});
  TRY(const auto query, engine.query(plan, context));
  for (exec::Rows rows;; rows.clear()) {
    TRY_STATUS(query->next(exec::kBatchRows, rows));
    if (rows.empty()) return {};
    for (const Value& row : rows) out.add(row);
  }
}

bool much_changed(std::uint64_t before, std::uint64_t now) {
  constexpr std::uint64_t kTenth = 10;
  const std::uint64_t difference = before > now ? before - now : now - before;
  return difference * kTenth > before;
}

}  // namespace

void Sample::add(const Value& row) {
  ++rows_;
  if (!row.is_object()) return;
  for (const value::Field& field : row.as_object()) {
    Seen& seen = fields_[field.name];
    if (field.value.is_null()) continue;
    seen.types |= bit(type_seen(field.value));
    if (field.value.type() == Type::decimal) {
      seen.scale = std::max(seen.scale, field.value.as_decimal().scale());
    }
  }
}

sql::Type Sample::type_of(const Seen& seen) {
  const auto only = [&seen](std::uint32_t types) {
    return seen.types != 0 && (seen.types & ~types) == 0;
  };
  if (only(bit(Type::boolean))) return small_boolean();
  if (only(kIntegers)) return plain(value::Kind::integer, 64);
  if (only(kNumbers)) {
    const bool exactly = (seen.types & bit(Type::decimal)) != 0;
    return exactly ? exact(seen.scale) : plain(value::Kind::real, 64);
  }
  if (only(bit(Type::string))) return long_text();
  if (only(bit(Type::bytes))) return long_bytes();
  if (only(bit(Type::timestamp))) return with_precision(value::Kind::timestamp);
  if (only(bit(Type::date))) return plain(value::Kind::date);
  if (only(bit(Type::time_of_day))) return with_precision(value::Kind::time);
  if (only(kContainers)) return plain(value::Kind::json);
  return plain(value::Kind::dynamic);
}

std::vector<sql::InferredColumns::Column> Sample::columns(
    const catalog::TableDefinition& table) const {
  std::vector<sql::InferredColumns::Column> out;
  const auto key = fields_.find(table.primary_key);
  out.push_back({table.primary_key,
                 key == fields_.end() ? plain(value::Kind::dynamic) : type_of(key->second)});
  out.front().type.nullable = false;
  for (const auto& [name, seen] : fields_) {
    if (name != table.primary_key) out.push_back({name, type_of(seen)});
  }
  return out;
}

Result<sql::InferredColumns> InferenceCache::sampled(engine::Engine& engine,
                                                     const catalog::TableDefinition& table,
                                                     exec::QueryContext& context) {
  if (!context.may_wait) return fail(Code::would_block, "The rows have to be looked at.");
  Sample seen;
  TRY_STATUS(sample(engine, table, algebra::Direction::ascending, context, seen));
  // Of fewer rows all were seen.
  if (seen.rows() == kSampledRows) {
    TRY_STATUS(sample(engine, table, algebra::Direction::descending, context, seen));
  }
  return sql::InferredColumns{.columns = seen.columns(table), .version = 0};
}

Result<sql::InferredColumns> InferenceCache::columns(engine::Engine& engine,
                                                     const catalog::TableDefinition& table,
                                                     exec::QueryContext& context) {
  if (table.layout == catalog::Layout::keyspace) {
    return sql::InferredColumns{.columns = keyspace_columns(), .version = 0};
  }
  TRY(const std::uint64_t rows, engine.estimate_count(table.id, context));
  {
    const MutexLock lock(mutex_);
    const auto found = known_.find(table.id);
    if (found != known_.end() && found->second.uuid == table.uuid &&
        !much_changed(found->second.rows, rows)) {
      return found->second.columns;
    }
  }
  TRY(auto columns, sampled(engine, table, context));
  Known known{.columns = std::move(columns), .uuid = table.uuid, .rows = rows};
  const MutexLock lock(mutex_);
  known.columns.version = ++last_version_;
  return known_.insert_or_assign(table.id, std::move(known)).first->second.columns;
}

}  // namespace octavo::mysql
