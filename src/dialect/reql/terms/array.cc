// Terms on arrays: append … splice_at and the set operations.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "dialect/reql/access.h"
#include "dialect/reql/context.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {
namespace {

using Elements = std::vector<Value>;

Result<Elements> elements_of(Env& env, Args& args, std::size_t i) {
  TRY(const Value array, args.array(i));
  // The elements here, and in the array that is made of them.
  TRY_STATUS(env.context().require(2 * array.as_array().size() * sizeof(Value)));
  return Elements(array.as_array().begin(), array.as_array().end());
}

Result<Val> finish(Env& env, Elements elements) {
  TRY(Value array, make_array(std::move(elements), env.array_limit()));
  return Val(std::move(array));
}

template <bool at_front>
Result<Val> extend(Env& env, Args& args) {
  TRY(Elements elements, elements_of(env, args, 0));
  TRY(Value added, args.datum(1));
  elements.insert(at_front ? elements.begin() : elements.end(), std::move(added));
  return finish(env, std::move(elements));
}

// Each works on the distinct elements, in the order in which they are first seen.
enum class SetOperation : std::uint8_t { insert, unite, intersect, subtract };

template <SetOperation operation>
Result<Val> set_operation(Env& env, Args& args) {
  TRY(const Elements first, elements_of(env, args, 0));
  Elements second;
  if constexpr (operation == SetOperation::insert) {
    TRY(Value element, args.datum(1));
    second.push_back(std::move(element));
  } else {
    TRY(second, elements_of(env, args, 1));
  }
  std::set<Value, DatumLess> seen;
  Elements result;
  if constexpr (operation == SetOperation::intersect) {
    seen.insert(first.begin(), first.end());
    for (Value& element : second) {
      if (seen.erase(element) > 0) result.push_back(std::move(element));
    }
  } else {
    if constexpr (operation == SetOperation::subtract) seen.insert(second.begin(), second.end());
    const auto add = [&](const Elements& elements) {
      for (const Value& element : elements) {
        if (seen.insert(element).second) result.push_back(element);
      }
    };
    add(first);
    if constexpr (operation != SetOperation::subtract) add(second);
  }
  return finish(env, std::move(result));
}

// A position of `size` ones, negative ones counted from the end.
Result<std::size_t> position(std::int64_t index, std::size_t size) {
  if (index >= 0) return static_cast<std::size_t>(index);
  if (static_cast<std::uint64_t>(-index) > size) {
    return fail_missing(fmt::format("Index out of bounds: {}", index));
  }
  return size - static_cast<std::size_t>(-index);
}

Status check_position(std::size_t index, std::size_t count, std::size_t size) {
  if (index < count) return {};
  return fail_missing(
      fmt::format("Index `{}` out of bounds for array of size: `{}`.", index, size));
}

// insert_at and splice_at count the gaps between elements, one more than there are elements.
template <bool splice>
Result<Val> insert_at(Env& env, Args& args) {
  TRY(Elements elements, elements_of(env, args, 0));
  TRY(const std::int64_t index, args.integer(1));
  TRY(const std::size_t at, position(index, elements.size() + 1));
  Elements added;
  if constexpr (splice) {
    TRY(added, elements_of(env, args, 2));
  } else {
    TRY(Value element, args.datum(2));
    added.push_back(std::move(element));
  }
  TRY_STATUS(check_position(at, elements.size() + 1, elements.size()));
  elements.insert(elements.begin() + static_cast<std::ptrdiff_t>(at), added.begin(), added.end());
  return finish(env, std::move(elements));
}

Result<Val> change_at(Env& env, Args& args) {
  TRY(Elements elements, elements_of(env, args, 0));
  TRY(const std::int64_t index, args.integer(1));
  TRY(const std::size_t at, position(index, elements.size()));
  TRY(Value element, args.datum(2));
  TRY_STATUS(check_position(at, elements.size(), elements.size()));
  elements[at] = std::move(element);
  return finish(env, std::move(elements));
}

Result<Val> delete_at(Env& env, Args& args) {
  TRY(Elements elements, elements_of(env, args, 0));
  TRY(const std::int64_t index, args.integer(1));
  TRY(const std::size_t begin, position(index, elements.size()));
  if (args.size() == 2) {
    TRY_STATUS(check_position(begin, elements.size(), elements.size()));
    elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(begin));
    return finish(env, std::move(elements));
  }
  TRY(const std::int64_t end_index, args.integer(2));
  TRY(const std::size_t end, position(end_index, elements.size()));
  TRY_STATUS(check_position(begin, elements.size() + 1, elements.size()));
  TRY_STATUS(check_position(end, elements.size() + 1, elements.size()));
  if (begin > end) {
    return fail_logic(fmt::format("Start index `{}` is greater than end index `{}`.", begin, end));
  }
  elements.erase(elements.begin() + static_cast<std::ptrdiff_t>(begin),
                 elements.begin() + static_cast<std::ptrdiff_t>(end));
  return finish(env, std::move(elements));
}

// The elements of the first sequence that the second does not contain.
Result<Val> difference(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  Result<StreamPtr> source = to_sequence(env, target);
  if (!source) return args.at(0, std::unexpected(std::move(source).error()));
  TRY(const StreamPtr removed, args.sequence(1));
  TRY(Elements elements, collect(env, *removed, env.array_limit()));
  const algebra::VarId row = own_variable(0);
  const Function keep = make_lambda(
      {row},
      call(term::kNot,
           {call(term::kContains, {constant(Value::array(std::move(elements))), var(row)})}),
      {});
  const Transform transform{.kind = Transform::Kind::filter, .function = keep};
  if (is_selection(target)) {
    TRY(Selection selection, to_selection(env, target));
    TRY(selection.rows, selection.rows->transformed(env, transform));
    return Val::selection(std::move(selection));
  }
  TRY(StreamPtr kept, (*source)->transformed(env, transform));
  return stream_val(env, std::move(kept));
}

constexpr Term kTerms[] = {
    {29, "append", 2, 2, {}, kScalar, extend<false>},
    {80, "prepend", 2, 2, {}, kScalar, extend<true>},
    {95, "difference", 2, 2, {}, kScalar, difference},
    {88, "set_insert", 2, 2, {}, kScalar, set_operation<SetOperation::insert>},
    {89, "set_intersection", 2, 2, {}, kScalar, set_operation<SetOperation::intersect>},
    {90, "set_union", 2, 2, {}, kScalar, set_operation<SetOperation::unite>},
    {91, "set_difference", 2, 2, {}, kScalar, set_operation<SetOperation::subtract>},
    {82, "insert_at", 3, 3, {}, kScalar, insert_at<false>},
    {83, "delete_at", 2, 3, {}, kScalar, delete_at},
    {84, "change_at", 3, 3, {}, kScalar, change_at},
    {85, "splice_at", 3, 3, {}, kScalar, insert_at<true>},
};

}  // namespace

std::span<const Term> array_terms() { return kTerms; }

}  // namespace octavo::reql
