// Projections of arrays: $slice, the positional operator, $elemMatch.

#include <algorithm>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/match/position.h"
#include "dialect/mongodb/match/predicate.h"
#include "dialect/mongodb/match/walk.h"
#include "dialect/mongodb/project/operation_tables.h"
#include "dialect/mongodb/project/operations.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

// So many elements, from a position on or, without `skip`, from one end.
struct Slice {
  std::optional<std::int64_t> skip;  // below 0: from the end
  std::int64_t count = 0;            // below 0: the last ones
};

std::size_t from_end(std::int64_t count, std::size_t size) {
  const std::uint64_t back = 0 - static_cast<std::uint64_t>(count);
  return back >= size ? 0 : size - static_cast<std::size_t>(back);
}

Value cut(value::ArrayView elements, const Slice& slice) {
  const std::size_t size = elements.size();
  std::size_t begin = 0;
  if (slice.skip) {
    begin = *slice.skip < 0 ? from_end(*slice.skip, size)
                            : static_cast<std::size_t>(std::min<std::uint64_t>(
                                  static_cast<std::uint64_t>(*slice.skip), size));
  } else if (slice.count < 0) {
    begin = from_end(slice.count, size);
  }
  const std::size_t left = size - begin;
  const std::size_t count = slice.count < 0 ? left
                                            : static_cast<std::size_t>(std::min<std::uint64_t>(
                                                  static_cast<std::uint64_t>(slice.count), left));
  const value::ArrayView part = elements.subspan(begin, count);
  return Value::array({part.begin(), part.end()});
}

// `value` with the arrays at the path cut, those within arrays too.
Value with_slice(const Value& value, value::ArrayView names, const Slice& slice) {
  if (names.empty()) return value.is_array() ? cut(value.as_array(), slice) : value;
  if (value.is_array()) {
    std::vector<Value> elements;
    elements.reserve(value.as_array().size());
    for (const Value& element : value.as_array()) {
      elements.push_back(is_document(element) ? with_slice(element, names, slice) : element);
    }
    return Value::array(std::move(elements));
  }
  const Value* child = value.find(names.front().as_string());
  if (child == nullptr) return value;
  value::ObjectBuilder builder(value);
  builder.set(names.front().as_string(), with_slice(*child, names.subspan(1), slice));
  return std::move(builder).build();
}

Result<Item> slice_at(const OperationCall& call, LazyArguments& arguments) {
  TRY(Item document, arguments.evaluate(0));
  TRY(const value::ArrayView names, names_of(arguments.expression(1)));
  TRY(const Value* const skip, operand_of(arguments.expression(2)));
  TRY(const Value* const count, operand_of(arguments.expression(3)));
  if (count->type() != Type::int64 || (!skip->is_null() && skip->type() != Type::int64)) {
    return wrong_operand();
  }
  if (!document || !is_document(*document)) return document;
  TRY_STATUS(call.context.check());
  Slice slice{.skip = std::nullopt, .count = count->as_int64()};
  if (!skip->is_null()) slice.skip = skip->as_int64();
  return Item(with_slice(*document, names, slice));
}

// `value` with the first array on the way of the path, if there is one, replaced by its element at
// the position.
Result<Value> with_position(const Value& value, value::ArrayView names,
                            std::optional<std::size_t> position) {
  if (value.is_array()) {
    const value::ArrayView elements = value.as_array();
    if (!position) {
      return error(51246,
                   "Executor error during find command :: caused by :: positional operator '.$' "
                   "couldn't find a matching element in the array");
    }
    if (*position >= elements.size()) {
      return error(51247,
                   "Executor error during find command :: caused by :: positional operator '.$' "
                   "element mismatch");
    }
    return Value::array({elements[*position]});
  }
  const Value* child = names.empty() ? nullptr : value.find(names.front().as_string());
  if (child == nullptr) return value;
  TRY(Value made, with_position(*child, names.subspan(1), position));
  value::ObjectBuilder builder(value);
  builder.set(names.front().as_string(), std::move(made));
  return std::move(builder).build();
}

Result<Item> position_at(const OperationCall& call, LazyArguments& arguments) {
  TRY(const Item row, arguments.evaluate(0));
  TRY(const value::ArrayView names, names_of(arguments.expression(1)));
  TRY(Item document, arguments.evaluate(3));
  if (!row || !document) return document;
  TRY(const auto position, matched_element(arguments.expression(2), *row, call.context));
  TRY(Value made, with_position(*document, names, position));
  return Item(std::move(made));
}

template <bool kDocuments>
Result<Item> first_element(const OperationCall& call, LazyArguments& arguments) {
  TRY(const Item row, arguments.evaluate(0));
  TRY(const value::ArrayView names, names_of(arguments.expression(1)));
  const Value* at = row ? &*row : nullptr;
  for (const Value& name : names) at = at == nullptr ? nullptr : at->find(name.as_string());
  if (at == nullptr || !at->is_array()) return Item();
  for (const Value& element : at->as_array()) {
    if (kDocuments && !is_document(element) && !element.is_array()) continue;
    TRY_STATUS(call.context.check());
    const Item items[] = {element};
    TRY(const Item holds, arguments.apply(2, items));
    if (is_truthy(holds)) return Item(Value::array({element}));
  }
  return Item();
}

constexpr OperationRow kRows[] = {
    {.number = op::kSliceAt, .name = "project.slice", .least = 4, .lazy = slice_at},
    {.number = op::kPositionAt, .name = "project.position", .least = 4, .lazy = position_at},
    {.number = op::kFirstElement,
     .name = "project.first",
     .least = 3,
     .flags = operation_flag::kReadsPath,
     .lazy = first_element<false>},
    {.number = op::kFirstDocument,
     .name = "project.first_document",
     .least = 3,
     .flags = operation_flag::kReadsPath,
     .lazy = first_element<true>},
};

}  // namespace

std::span<const OperationRow> array_operations_of_projections() { return kRows; }

}  // namespace octavo::mongodb
