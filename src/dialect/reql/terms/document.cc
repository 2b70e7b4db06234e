// Terms on a document that also work on a sequence of documents: get_field, bracket, pluck,
// without, merge, has_fields, with_fields; and literal.

#include <fmt/format.h>

#include "dialect/reql/access.h"
#include "dialect/reql/context.h"
#include "dialect/reql/kernels.h"
#include "dialect/reql/messages.h"
#include "dialect/reql/numbers.h"
#include "dialect/reql/path.h"
#include "dialect/reql/purity.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/stream/stream.h"

namespace octavo::reql {
namespace {

// What a term on documents does with each element of a sequence.
enum class Each : std::uint8_t {
  map,
  filter,
  skip_map,  // map, leaving out elements that miss the field
};

// Elements of arrays that paths may be followed into: of those below the first level.
std::uint64_t nested_elements(const Value& document) {
  std::uint64_t count = 1;
  for (const Field& field : document.as_object()) {
    if (field.value.is_array()) count += field.value.as_array().size();
  }
  return count;
}

// Evaluates the paths that are the arguments from 1 on, to be followed in `document`.
Result<Path> path_arguments(Env& env, Args& args, const Value& document) {
  std::vector<Value> paths;
  std::uint64_t nested = 0;
  for (std::size_t i = 1; i < args.size(); ++i) {
    TRY(Value path, args.datum(i));
    if (!path.is_string()) ++nested;
    paths.push_back(std::move(path));
  }
  // A nested one may be tried on each element of an array.
  if (nested > 0) TRY_STATUS(env.spend_on(Value::array(paths), nested_elements(document)));
  return parse_paths(paths);
}

// The call being evaluated as a function of its first argument.
Function as_row_function(const Env& env, const Args& args) {
  const algebra::VarId row = own_variable(0);
  std::vector<algebra::ExprPtr> arguments{var(row)};
  arguments.insert(arguments.end(), args.call().args.begin() + 1, args.call().args.end());
  std::vector<algebra::Option> options = args.call().options;
  options.push_back({"_NO_RECURSE_", constant(Value::boolean(true))});
  return make_lambda({row}, call(args.term().number, std::move(arguments), std::move(options)),
                     capture(env), place_of(env));
}

Result<Val> on_sequence(Env& env, Args& args, const Val& sequence, Each each) {
  TRY(const std::optional<bool> flat, args.option_boolean("_NO_RECURSE_"));
  if (flat && *flat) {
    return fail_logic(
        fmt::format("Cannot perform {} on a sequence of sequences.", args.term().name));
  }
  const Function function = as_row_function(env, args);
  Transform transform{.kind = Transform::Kind::map, .function = function};
  if (each == Each::filter) {
    transform = {.kind = Transform::Kind::filter,
                 .function = filter_function(env, function, nullptr)};
  } else if (each == Each::skip_map) {
    transform = {.kind = Transform::Kind::unwind,
                 .function = wrap(term::kAtMostOne, function),
                 .drops_only = true};
  }
  if (each == Each::filter && is_selection(sequence)) {
    TRY(Selection selection, to_selection(env, sequence));
    TRY(selection.rows, selection.rows->transformed(env, std::move(transform)));
    return Val::selection(std::move(selection));
  }
  TRY(const StreamPtr stream, to_sequence(env, sequence));
  TRY(StreamPtr transformed, stream->transformed(env, std::move(transform)));
  return stream_val(env, std::move(transformed));
}

bool is_datum_like(const Val& val) {
  return val.is_datum() || val.kind() == Kind::single_selection;
}

// Applies `on_document` to a document, or the whole term to each element of a sequence.
template <class OnDocument>
Result<Val> document_or_sequence(Env& env, Args& args, const Val& target, Each each,
                                 OnDocument on_document) {
  if (!is_datum_like(target)) {
    if (target.is_sequence_like()) return on_sequence(env, args, target, each);
    return args.at(0, fail_logic(fmt::format("Cannot perform {} on a non-object non-sequence `{}`.",
                                             args.term().name, print_val(env, target))));
  }
  TRY(const Value datum, to_datum(env, target));
  if (datum.is_array()) return on_sequence(env, args, Val(datum), each);
  if (is_plain_object(datum)) return on_document(datum);
  const bool pseudotype =
      datum.is_object() || datum.type() == Type::timestamp || datum.type() == Type::geometry;
  if (pseudotype) {
    return args.at(0, fail_logic(fmt::format("Cannot call `{}` on objects of type `{}`.",
                                             args.term().name, type_name(datum))));
  }
  return args.at(0, fail(datum.is_null() ? Code::missing_value : Code::invalid_argument,
                         fmt::format("Cannot perform {} on a non-object non-sequence `{}`.",
                                     args.term().name, print_short(datum))));
}

Result<Val> field_of(const Env& env, const Value& document, const Value& name) {
  const Value* value = document.find(name.as_string());
  if (value == nullptr) {
    TRY_STATUS(env.spend_on(document));  // the message shows it
    return missing_attribute(name.as_string(), document);
  }
  return Val(*value);
}

Result<Val> get_field(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  return document_or_sequence(env, args, target, Each::skip_map,
                              [&](const Value& document) -> Result<Val> {
                                TRY(const Value name, args.string(1));
                                return field_of(env, document, name);
                              });
}

Result<Val> bracket(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  TRY(const Value key, args.datum(1));
  if (key.is_number()) return nth_of(env, args, target, key);
  if (!key.is_string()) {
    return args.at(1, fail(key.is_null() ? Code::missing_value : Code::invalid_argument,
                           fmt::format("Expected NUMBER or STRING as second argument to `bracket` "
                                       "but found {}.",
                                       type_name(key))));
  }
  // The hot path of every predicate: a field of a document.
  if (target.is_datum() && target.datum().is_object()) {
    if (const Value* value = target.datum().find(key.as_string());
        value != nullptr && !is_literal(target.datum())) {
      return Val(*value);
    }
  }
  return document_or_sequence(env, args, target, Each::skip_map,
                              [&](const Value& document) { return field_of(env, document, key); });
}

Result<Val> pluck(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  return document_or_sequence(env, args, target, Each::map,
                              [&](const Value& document) -> Result<Val> {
                                TRY(const Path path, path_arguments(env, args, document));
                                return Val(project(document, path));
                              });
}

Result<Val> without(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  return document_or_sequence(env, args, target, Each::map,
                              [&](const Value& document) -> Result<Val> {
                                TRY(const Path path, path_arguments(env, args, document));
                                return Val(unproject(document, path));
                              });
}

Result<Val> has_fields(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  return document_or_sequence(env, args, target, Each::filter,
                              [&](const Value& document) -> Result<Val> {
                                TRY(const Path path, path_arguments(env, args, document));
                                return Val(Value::boolean(has_path(document, path)));
                              });
}

// has_fields and then pluck, with the same paths.
Result<Val> with_fields(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  if (is_datum_like(target)) {
    TRY(const Value datum, to_datum(env, target));
    if (!datum.is_array() && !datum.is_object()) {
      return args.at(0, fail(datum.is_null() ? Code::missing_value : Code::invalid_argument,
                             fmt::format("Cannot perform has_fields on a non-object non-sequence "
                                         "`{}`.",
                                         print_short(datum))));
    }
  }
  TRY(const StreamPtr stream, to_sequence(env, target));
  const algebra::VarId row = own_variable(0);
  std::vector<algebra::ExprPtr> arguments{var(row)};
  arguments.insert(arguments.end(), args.call().args.begin() + 1, args.call().args.end());
  const std::vector<algebra::Option> flat{{"_NO_RECURSE_", constant(Value::boolean(true))}};
  const Function test =
      make_lambda({row}, call(term::kHasFields, arguments, flat), capture(env), place_of(env));
  const Function cut =
      make_lambda({row}, call(term::kPluck, arguments, flat), capture(env), place_of(env));
  TRY(const StreamPtr filtered,
      stream->transformed(
          env, {.kind = Transform::Kind::filter, .function = filter_function(env, test, nullptr)}));
  TRY(StreamPtr plucked,
      filtered->transformed(env, {.kind = Transform::Kind::map, .function = cut}));
  return stream_val(env, std::move(plucked));
}

constexpr std::string_view kStrayLiteral =
    "Stray literal keyword found: literal is only legal inside of the object "
    "passed to merge or update and cannot nest inside other literals.";

Status check_mergeable(const Value& datum) {
  if (is_literal(datum)) return fail_logic(std::string(kStrayLiteral));
  const bool pseudotype = datum.type() == Type::timestamp || datum.type() == Type::geometry;
  if (!pseudotype) return {};
  return fail_logic(fmt::format("Cannot merge objects of type `{}`.", type_name(datum)));
}

Result<Val> merge_all(Env& env, Args& args) {
  TRY(const Val target, args.val(0));
  return document_or_sequence(
      env, args, target, Each::map, [&](const Value& document) -> Result<Val> {
        Value merged = document;
        for (std::size_t i = 1; i < args.size(); ++i) {
          TRY(const Val given, args.val(i));
          Result<Value> with =
              given.kind() == Kind::function ? Result<Value>() : to_datum(env, given);
          if (given.kind() == Kind::function) {
            Env inner = env;
            inner.literal_ok = true;
            with = call_datum(inner, given.function(), merged);
          }
          if (!with) return args.at(i, std::unexpected(std::move(with).error()));
          if (Status checked = check_mergeable(*with); !checked) {
            return args.at(i, std::unexpected(std::move(checked).error()));
          }
          merged = merge(merged, *with);
          TRY_STATUS(env.spend_on(merged));
        }
        return Val(std::move(merged));
      });
}

Result<Val> literal(Env& env, Args& args) {
  if (!env.literal_ok) {
    return fail_logic(std::string(kStrayLiteral));
  }
  std::vector<Field> fields{{std::string(kTypeKey), string(kLiteralType)}};
  if (args.size() == 1) {
    TRY(Value value, args.datum(0));
    fields.push_back({std::string(kLiteralValueKey), std::move(value)});
  }
  return Val(Value::object(std::move(fields)));
}

constexpr Term kTerms[] = {
    {31, "get_field", 2, 2, {"_NO_RECURSE_"}, kGroupedSequence | kLight | kCheap, get_field},
    {170, "bracket", 2, 2, {"_NO_RECURSE_"}, kGroupedSequence | kLight | kCheap, bracket},
    {33, "pluck", 1, -1, {"_NO_RECURSE_"}, kGroupedSequence | kCheap, pluck},
    {34, "without", 1, -1, {"_NO_RECURSE_"}, kGroupedSequence | kCheap, without},
    {35, "merge", 1, -1, {"_NO_RECURSE_"}, kGroupedSequence | kLiteralOk, merge_all},
    {32, "has_fields", 1, -1, {"_NO_RECURSE_"}, kGroupedSequence | kCheap, has_fields},
    {96, "with_fields", 1, -1, {}, kGroupedSequence, with_fields},
    {137, "literal", 0, 1, {}, kNotGrouped, literal},
};

}  // namespace

std::span<const Term> document_terms() { return kTerms; }

}  // namespace octavo::reql
