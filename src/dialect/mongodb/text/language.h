#pragma once

// The languages of text indexes (MongoDB manual, "Text Search Languages on Self-Managed
// Deployments").

#include <string>
#include <string_view>

namespace octavo::mongodb {

struct Language {
  std::string_view name;
  std::string_view code;                             // ISO 639-1; empty: it has none
  std::string_view stemmer;                          // of Snowball; empty: words stay as they are
  bool (*is_stop_word)(std::string_view) = nullptr;  // null: there are none
  bool joins_by_apostrophe = false;                  // "don't" is one word
};

// By name or code, in any case; the empty name is the default, English. Null: it is not known.
const Language* find_text_language(std::string_view name);

// The stem of a word in lower case.
std::string stem(const Language& language, std::string_view word);

bool is_english_stop_word(std::string_view word);

}  // namespace octavo::mongodb
