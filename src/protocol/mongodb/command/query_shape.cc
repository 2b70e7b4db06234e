#include "protocol/mongodb/command/query_shape.h"

#include <algorithm>
#include <vector>

#include "dialect/mongodb/type/print.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Value;

// Between the parts of a text: names of BSON do not have it.
constexpr char kEnd = '\0';

using Terms = std::vector<std::string>;

// In any order.
std::string joined(Terms terms) {
  std::ranges::sort(terms);
  std::string text;
  for (const std::string& term : terms) text += term + kEnd;
  return text;
}

bool is_operators(const Value& value) {
  return value.is_object() && !value.as_object().empty() &&
         value.as_object().front().name.starts_with('$');
}

void add_terms(const Value& query, Terms& terms);

std::string shape_of(const Value& query) {
  Terms terms;
  add_terms(query, terms);
  return joined(std::move(terms));
}

// What is asked of a field. A regular expression is one however it is written.
void add_tests(const std::string& name, const Value& asked, Terms& terms) {
  const std::string field = name + kEnd;
  if (asked.type() == value::Type::regex) return terms.push_back(field + "$regex");
  if (!is_operators(asked)) return terms.push_back(field + "$eq");
  for (const value::Field& test : asked.as_object()) {
    if (test.name == "$options") continue;  // of the expression beside it
    std::string term = field + test.name;
    const bool nested = test.name == "$not" || test.name == "$elemMatch";
    if (nested && is_operators(test.value)) {
      Terms inner;
      add_tests({}, test.value, inner);
      term += "(" + joined(std::move(inner)) + ")";
    } else if (nested && test.value.is_object()) {
      term += "(" + shape_of(test.value) + ")";
    }
    terms.push_back(std::move(term));
  }
}

// $and is what a query says anyway.
void add_terms(const Value& query, Terms& terms) {
  if (!query.is_object()) return;
  for (const value::Field& part : query.as_object()) {
    if (part.name == "$and" && part.value.is_array()) {
      for (const Value& one : part.value.as_array()) add_terms(one, terms);
    } else if ((part.name == "$or" || part.name == "$nor") && part.value.is_array()) {
      Terms inner;
      for (const Value& one : part.value.as_array()) inner.push_back("(" + shape_of(one) + ")");
      terms.push_back(part.name + joined(std::move(inner)));
    } else if (part.name == "$expr") {
      terms.push_back(part.name + print(part.value));
    } else if (part.name.starts_with('$')) {
      if (part.name != "$comment") terms.push_back(part.name);
    } else {
      add_tests(part.name, part.value, terms);
    }
  }
}

// Directions, and what is kept: whatever the kind of their numbers.
std::string fields_of(const Value* document) {
  std::string text;
  if (document == nullptr || !document->is_object()) return text;
  for (const value::Field& field : document->as_object()) {
    text += field.name + kEnd;
    const bool is_sign = field.value.is_number() || field.value.type() == value::Type::boolean;
    if (!is_sign) {
      text += print(field.value);
    } else if (!is_truthy(field.value)) {
      text += '0';
    } else {
      text += field.value.is_number() && field.value.to_double() < 0 ? '-' : '1';
    }
    text += kEnd;
  }
  return text;
}

}  // namespace

std::string query_shape(const ShapeParts& parts) {
  std::string text = parts.query == nullptr ? std::string() : shape_of(*parts.query);
  for (const std::string& part :
       {fields_of(parts.sort), fields_of(parts.projection), std::string(parts.collation)}) {
    text += kEnd;
    text += part;
  }
  return text;
}

}  // namespace octavo::mongodb
