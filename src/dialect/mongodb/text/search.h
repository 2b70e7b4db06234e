#pragma once

// Searches of $text, and what they find.

#include <string>
#include <vector>

#include "base/result.h"
#include "dialect/mongodb/text/spec.h"
#include "dialect/mongodb/text/words.h"
#include "value/value.h"

namespace octavo::mongodb {

struct TextSearch {
  TextSpec spec;
  const Language* language = nullptr;
  Sensitivity sensitivity;
  std::vector<std::string> terms;    // of which one has to be there; ascending
  std::vector<std::string> indexed;  // the same as they stand in an index
  std::vector<std::string> negated;
  std::vector<std::string> phrases;  // which all have to be there, as they are written
  std::vector<std::string> negated_phrases;

  bool matches(const value::Value& document) const;
  double score(const value::Value& document) const;
};

// The operand of $text, over the text index that `index` is the document of (spec.h), as the
// operand of operations. 9 FailedToParse, 4 NoSuchKey, 2 BadValue.
Result<value::Value> parse_text_search(const value::Value& operand, const value::Value& index);
// Such an operand; an error for a value of another form.
Result<TextSearch> text_search_of(const value::Value& operand);
// {terms, negatedTerms, phrases, negatedPhrases}, as `explain` shows it.
value::Value shown_search(const TextSearch& search);

}  // namespace octavo::mongodb
