#include "dialect/mongodb/text/language.h"

#include <libstemmer.h>

#include <algorithm>
#include <map>
#include <memory>

#include "base/text.h"

namespace octavo::mongodb {
namespace {

constexpr std::string_view kDefault = "english";

constexpr Language kLanguages[] = {
    {.name = "none", .code = ""},
    {.name = "danish", .code = "da", .stemmer = "danish"},
    {.name = "dutch", .code = "nl", .stemmer = "dutch"},
    {.name = "english",
     .code = "en",
     .stemmer = "english",
     .is_stop_word = is_english_stop_word,
     .joins_by_apostrophe = true},
    {.name = "finnish", .code = "fi", .stemmer = "finnish"},
    {.name = "french", .code = "fr", .stemmer = "french"},
    {.name = "german", .code = "de", .stemmer = "german"},
    {.name = "hungarian", .code = "hu", .stemmer = "hungarian"},
    {.name = "italian", .code = "it", .stemmer = "italian"},
    {.name = "norwegian", .code = "nb", .stemmer = "norwegian"},
    {.name = "portuguese", .code = "pt", .stemmer = "portuguese"},
    {.name = "romanian", .code = "ro", .stemmer = "romanian"},
    {.name = "russian", .code = "ru", .stemmer = "russian"},
    {.name = "spanish", .code = "es", .stemmer = "spanish"},
    {.name = "swedish", .code = "sv", .stemmer = "swedish"},
    {.name = "turkish", .code = "tr", .stemmer = "turkish"},
};

struct Delete {
  void operator()(sb_stemmer* stemmer) const { sb_stemmer_delete(stemmer); }
};
using Stemmer = std::unique_ptr<sb_stemmer, Delete>;

// A stemmer has working memory of its own: one for each thread.
sb_stemmer* stemmer_of(std::string_view name) {
  thread_local std::map<std::string, Stemmer, std::less<>> stemmers;
  const auto there = stemmers.find(name);
  if (there != stemmers.end()) return there->second.get();
  const std::string key(name);
  return stemmers.emplace(key, Stemmer(sb_stemmer_new(key.c_str(), "UTF_8"))).first->second.get();
}

}  // namespace

const Language* find_text_language(std::string_view name) {
  if (name.empty()) name = kDefault;
  const auto* const row = std::ranges::find_if(kLanguages, [&](const Language& language) {
    return equals_ignoring_case(language.name, name) ||
           (!language.code.empty() && equals_ignoring_case(language.code, name));
  });
  return row == std::end(kLanguages) ? nullptr : row;
}

std::string stem(const Language& language, std::string_view word) {
  if (language.stemmer.empty()) return std::string(word);
  sb_stemmer* const stemmer = stemmer_of(language.stemmer);
  if (stemmer == nullptr) return std::string(word);
  const sb_symbol* const made = sb_stemmer_stem(
      stemmer, reinterpret_cast<const sb_symbol*>(word.data()), static_cast<int>(word.size()));
  if (made == nullptr) return std::string(word);
  return {reinterpret_cast<const char*>(made),
          static_cast<std::size_t>(sb_stemmer_length(stemmer))};
}

}  // namespace octavo::mongodb
