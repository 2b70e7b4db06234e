#pragma once

// A text index: which fields it is over, how much each counts, and what a document has in it.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "dialect/mongodb/text/language.h"
#include "value/value.h"

namespace octavo::mongodb {

struct TextSpec {
  std::map<std::string, double, std::less<>> weights;  // by path
  double of_others = 0.0;                              // weight of all other strings, of `$**`
  const Language* language = nullptr;                  // where a document says nothing
  std::string override_name;                           // the field in which it does
};

// Of the document that is kept and shown of an index ({key, weights, default_language,
// language_override}). An error for one that is none.
Result<TextSpec> text_spec_of(const value::Value& index);

// The options of such an index completed: {weights, default_language, language_override,
// textIndexVersion}, and the key as it is shown ({_fts: "text", _ftsx: 1}). 67 CannotCreateIndex.
struct TextOptions {
  value::Value key;
  value::Value weights;
  std::string language;
  std::string override_name;
};
Result<TextOptions> complete_text_options(const value::Value& given);

// The texts of a document that are in the index. `take` gives false to have no more.
struct TextPart {
  std::string_view text;
  double weight = 1.0;
  const Language* language = nullptr;
};
void each_text(const TextSpec& spec, const value::Value& document,
               const std::function<bool(const TextPart&)>& take);

// 17262 and its kin for a document whose language is not known.
Status check_text_document(const TextSpec& spec, const value::Value& document);

// The terms of a document, each with its score (MongoDB manual, "$meta: textScore").
using TermScores = std::map<std::string, double, std::less<>>;
TermScores term_scores(const TextSpec& spec, const value::Value& document);

}  // namespace octavo::mongodb
