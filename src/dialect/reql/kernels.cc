#include "dialect/reql/kernels.h"

#include <fmt/format.h>

#include <limits>

#include "dialect/reql/access.h"
#include "dialect/reql/context.h"
#include "dialect/reql/keys.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {
namespace {

Result<Val> nth_of_array(const Value& array, std::int64_t index) {
  TRY_STATUS(check_array(array));
  const auto size = static_cast<std::int64_t>(array.as_array().size());
  const std::int64_t position = index < 0 ? size + index : index;
  if (position < 0 || position >= size) {
    return fail_missing(fmt::format("Index out of bounds: {}", index));
  }
  return Val(array.as_array()[static_cast<std::size_t>(position)]);
}

// The row at `index`, or the last one for -1.
Result<Value> nth_of_stream(Env& env, Stream& stream, std::int64_t index) {
  if (index < -1) {
    return fail_logic(fmt::format("Cannot use an index < -1 ({}) on a stream.", index));
  }
  if (index == -1) TRY_STATUS(check_finite(stream));
  std::optional<Value> found;
  std::int64_t position = 0;
  TRY_STATUS(for_each_row(env, stream, [&](const Value& row) -> Result<bool> {
    if (index == -1 || position == index) found = row;
    return position++ != index;
  }));
  if (!found) return fail_missing(fmt::format("Index out of bounds: {}", index));
  return *std::move(found);
}

}  // namespace

Result<Val> nth_of(Env& env, Args& args, const Val& target, const Value& index) {
  Result<std::int32_t> n = small_integer(index);
  if (!n) return args.at(1, std::unexpected(std::move(n).error()));
  if (target.kind() == Kind::sequence && target.stream()->grouped()) {
    TRY(const auto groups, collect_groups(env, *target.stream()));
    std::map<Value, Value, DatumLess> results;
    for (const auto& [group, rows] : groups) {
      TRY(const Val element, nth_of_array(rows, *n));
      results.emplace(group, element.datum());
    }
    return Val::grouped(std::move(results));
  }
  if (target.is_datum() || target.kind() == Kind::single_selection) {
    TRY(const Value datum, to_datum(env, target));
    if (!datum.is_array()) {
      return args.at(0, fail(datum.is_null() ? Code::missing_value : Code::invalid_argument,
                             fmt::format("Cannot convert {} to SEQUENCE", type_name(datum))));
    }
    return nth_of_array(datum, *n);
  }
  if (!is_selection(target)) {
    TRY(const StreamPtr stream, to_sequence(env, target));
    // Only the rows up to the wanted one are asked for.
    const StreamPtr part = *n >= 0 && !stream->infinite()
                               ? stream->sliced(0, static_cast<std::uint64_t>(*n) + 1)
                               : stream;
    TRY(Value row, nth_of_stream(env, *part, *n));
    return Val(std::move(row));
  }
  TRY(const Selection selection, to_selection(env, target));
  const StreamPtr part = *n >= 0    ? selection.rows->sliced(0, static_cast<std::uint64_t>(*n) + 1)
                         : *n == -1 ? selection.rows->tail()
                                    : selection.rows;
  TRY(Value row, nth_of_stream(env, *part, *n));
  const Value* key = row.find(selection.table->primary_key);
  ASSERT(key != nullptr);  // a selection's rows are rows of its table
  return Val::single({.table = selection.table, .key = *key, .slice = {}, .row = row});
}

Result<std::int32_t> small_integer(const Value& datum) {
  TRY(const std::int64_t integer, to_integer(datum));
  if (integer < std::numeric_limits<std::int32_t>::min() ||
      integer > std::numeric_limits<std::int32_t>::max()) {
    return fail_logic(fmt::format("Integer too large: {}", integer));
  }
  return static_cast<std::int32_t>(integer);
}

Result<std::int32_t> small_integer(Args& args, std::size_t i) {
  TRY(const Value datum, args.datum(i));
  Result<std::int32_t> integer = small_integer(datum);
  if (!integer) return args.at(i, std::unexpected(std::move(integer).error()));
  return integer;
}

Result<bool> open_bound(Args& args, std::string_view name, bool otherwise) {
  TRY(const std::optional<Value> given, args.option_string(name));
  if (!given) return otherwise;
  if (given->as_string() == "open") return true;
  if (given->as_string() == "closed") return false;
  return fail_logic(fmt::format("Expected `open` or `closed` for optarg `{}` (got `{}`).", name,
                                print_short(*given)));
}

Result<Function> element_test(Env& env, Args& args, std::size_t i) {
  TRY(const Val given, args.val(i));
  if (given.kind() == Kind::function) return given.function();
  Result<Value> datum = to_datum(env, given);
  if (!datum) return args.at(i, std::unexpected(std::move(datum).error()));
  return equals_function(*std::move(datum));
}

}  // namespace octavo::reql
