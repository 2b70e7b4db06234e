#pragma once

// Texts as words, and texts that are the same but for case and marks.

#include <functional>
#include <string>
#include <string_view>

#include "dialect/mongodb/text/language.h"

namespace octavo::mongodb {

// What is told apart.
struct Sensitivity {
  bool letter_case = false;
  bool diacritics = false;
};

// The text without what is not told apart: in lower case, letters without marks.
std::string folded(std::string_view text, const Sensitivity& sensitivity);

// The words of a folded or other text, those between Unicode's delimiters (dashes, quotation marks,
// punctuation, white space, symbols of patterns). `take` gives false to have no more.
void each_word(const Language& language, std::string_view text,
               const std::function<bool(std::string_view word)>& take);

// What stands in an index for a word of a text: its stem without case and marks; empty for a stop
// word. Of a search that tells them apart the word has them (`sensitivity`).
std::string term_of(const Language& language, std::string_view word,
                    const Sensitivity& sensitivity = {});

}  // namespace octavo::mongodb
