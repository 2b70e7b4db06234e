// Writes the frozen weights of collations: make_weights <folder> puts root_weights.inc and
// general_weights.inc there, which are committed in src/value/data. Run once for a version of the
// collations: what is stored under a version relies on its weights. Version 1 is of ICU 72.
//
// The root collation: ICU's elements of each character at three levels, in ICU's order, with codes
// of our own. Primaries of ASCII get one byte, all others two. Ideographs, scripts of one weight a
// character and what is not assigned are left out: their weights are computed from the code point.

#include <fmt/format.h>
#include <unicode/coleitr.h>
#include <unicode/normalizer2.h>
#include <unicode/tblcoll.h>
#include <unicode/uchar.h>
#include <unicode/ucol.h>
#include <unicode/uscript.h>
#include <unicode/uset.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/assert.h"
#include "value/root_element.h"

namespace octavo {
namespace {

namespace root = value::root_element;

constexpr UChar32 kEndOfUnicode = 0x110000;
constexpr UChar32 kFirstMarkerOfIcu = 0xfdd0, kLastMarkerOfIcu = 0xfdd1;  // of scripts, in its data

void check(UErrorCode status) { ASSERT(U_SUCCESS(status) != 0); }

// An element of ICU: its weights at three levels, left-aligned.
struct Element {
  std::uint32_t primary = 0;
  std::uint16_t secondary = 0, tertiary = 0;
};
using Elements = std::vector<Element>;

class Root {
 public:
  Root() {
    UErrorCode status = U_ZERO_ERROR;
    collator_.reset(dynamic_cast<icu::RuleBasedCollator*>(
        icu::Collator::createInstance(icu::Locale::getRoot(), status)));
    check(status);
  }
  const UCollator* handle() const { return reinterpret_cast<const UCollator*>(collator_.get()); }

  // ICU's iterator gives long elements in two halves, the second one marked by its lowest byte.
  Elements elements(const icu::UnicodeString& text) const {
    constexpr std::uint32_t kSecondHalf = 0xc0;
    constexpr std::uint32_t kTertiary = 0x3f;  // without the bits of the case
    const std::unique_ptr<icu::CollationElementIterator> iterator(
        collator_->createCollationElementIterator(text));
    Elements all;
    UErrorCode status = U_ZERO_ERROR;
    for (;;) {
      const std::int32_t order = iterator->next(status);
      if (order == icu::CollationElementIterator::NULLORDER) break;
      const auto bits = static_cast<std::uint32_t>(order);
      if ((bits & kSecondHalf) == kSecondHalf) {
        all.back().primary |= bits >> 16;
        all.back().secondary |= bits >> 8 & 0xffU;
        all.back().tertiary |= bits & kTertiary;
      } else {
        all.push_back({bits & 0xffff0000U, static_cast<std::uint16_t>(bits & 0xff00U),
                       static_cast<std::uint16_t>((bits & kTertiary) << 8)});
      }
    }
    check(status);
    std::erase_if(all, [](const Element& e) {
      return e.primary == 0 && e.secondary == 0 && e.tertiary == 0;
    });
    return all;
  }

 private:
  std::unique_ptr<icu::RuleBasedCollator> collator_;
};

// Characters whose weights are a byte and the digits of their code point; the order of the groups
// is that of the root collation, of characters in them that of code points.
enum class Group : std::uint8_t { none, tangut, nushu, khitan, han, more_han, unassigned, hangul };

Group group_of(UChar32 c) {
  constexpr UChar32 kFirstHangul = 0xac00, kLastHangul = 0xd7a3;
  if (u_hasBinaryProperty(c, UCHAR_UNIFIED_IDEOGRAPH) != 0) {
    const bool core = (c >= 0x4e00 && c <= 0x9fff) || (c >= 0xfa00 && c <= 0xfaff);
    return core ? Group::han : Group::more_han;
  }
  if (c >= kFirstHangul && c <= kLastHangul) return Group::hangul;
  if (c == 0xfffe || c == 0xffff) return Group::none;  // the lowest and the highest of all
  if (u_isdefined(c) == 0 || u_charType(c) == U_PRIVATE_USE_CHAR) return Group::unassigned;
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(c, &status)) {
    case USCRIPT_TANGUT: return c == 0x16fe0 ? Group::none : Group::tangut;  // an iteration mark
    case USCRIPT_NUSHU: return c == 0x16fe1 ? Group::none : Group::nushu;
    case USCRIPT_KHITAN_SMALL_SCRIPT: return c == 0x16fe4 ? Group::none : Group::khitan;
    default: return Group::none;
  }
}

struct Joined {
  std::u32string text;  // of two or three characters
  Elements elements;
};

std::vector<Joined> joined_of(const Root& source, bool behind) {
  const auto strings = [&](bool with_prefixes) {
    UErrorCode status = U_ZERO_ERROR;
    USet* set = uset_openEmpty();
    ucol_getContractionsAndExpansions(source.handle(), set, nullptr, with_prefixes ? 1 : 0,
                                      &status);
    check(status);
    std::set<std::u32string> all;
    for (std::int32_t i = 0; i < uset_getItemCount(set); ++i) {
      UChar32 first = 0, last = 0;
      UChar buffer[16];
      const std::int32_t size = uset_getItem(set, i, &first, &last, buffer, 16, &status);
      if (size < 2) continue;
      const icu::UnicodeString text(buffer, size);
      std::u32string points;
      for (std::int32_t at = 0; at < size; at = text.moveIndex32(at, 1)) {
        points += static_cast<char32_t>(text.char32At(at));
      }
      const auto is_marker = [](char32_t c) {
        return c >= char32_t{kFirstMarkerOfIcu} && c <= char32_t{kLastMarkerOfIcu};
      };
      if (points.size() > 1 && std::ranges::none_of(points, is_marker)) all.insert(points);
    }
    check(status);
    uset_close(set);
    return all;
  };
  const std::set<std::u32string> ahead = strings(false);
  std::vector<Joined> found;
  for (const std::u32string& points : strings(true)) {
    if (ahead.contains(points) == behind) continue;
    icu::UnicodeString text;
    for (const char32_t c : points) text.append(static_cast<UChar32>(c));
    Elements elements = source.elements(text);
    if (behind) {
      ASSERT(points.size() == 2);
      const Elements before = source.elements(static_cast<UChar32>(points[0]));
      elements.erase(elements.begin(), elements.begin() + static_cast<long>(before.size()));
    }
    found.push_back({points, elements});
  }
  return found;
}

// Rows of `columns` columns; the words of a row are its braces' content.
std::string wrapped(const std::vector<std::string>& items) {
  std::string text, line;
  for (const std::string& item : items) {
    if (line.size() + item.size() + 2 > 98) {
      text += line + "\n";
      line.clear();
    }
    line += line.empty() ? item + "," : " " + item + ",";
  }
  return text + line + "\n";
}

class RootWriter {
 public:
  explicit RootWriter(const Root& source) : source_(source) {}

  std::string write() {
    collect();
    number();
    pack();
    return print();
  }

 private:
  void collect() {
    for (UChar32 c = 0; c < kEndOfUnicode; ++c) {
      if (U_IS_SURROGATE(c)) continue;
      const Group group = group_of(c);
      if (group == Group::han || group == Group::more_han) {
        const Elements elements = source_.elements(c);
        ASSERT(elements.size() == 1);
        ideographs_[elements[0].primary] = c;
      }
      if (group == Group::none) alone_[c] = source_.elements(c);
    }
    heads_ = joined_of(source_, false);
    followers_ = joined_of(source_, true);
  }

  template <class Visit>
  void each_element(Visit visit) const {
    for (const auto& [c, elements] : alone_) std::ranges::for_each(elements, visit);
    for (const auto* list : {&heads_, &followers_}) {
      for (const Joined& joined : *list) std::ranges::for_each(joined.elements, visit);
    }
  }

  void number() {
    std::set<std::uint16_t> secondaries, tertiaries;
    std::set<std::uint32_t> primaries;
    each_element([&](const Element& e) {
      if (e.primary != 0 && !ideographs_.contains(e.primary)) primaries.insert(e.primary);
      if (e.secondary != 0) secondaries.insert(e.secondary);
      if (e.tertiary != 0) tertiaries.insert(e.tertiary);
      // What the keys of the levels rely on: equal primaries have as many secondaries, and equal
      // secondaries as many tertiaries, of which all but the common ones are told apart.
      ASSERT(e.primary == 0 || (e.secondary >= kCommon && e.tertiary != 0));
      ASSERT(e.primary != 0 || e.secondary > kCommon || (e.secondary == 0 && e.tertiary > kCommon));
    });
    for (std::uint32_t next = 1; const std::uint16_t weight : secondaries) {
      secondary_[weight] = next++;
    }
    for (std::uint32_t next = 1; const std::uint16_t weight : tertiaries) {
      tertiary_[weight] = next++;
    }
    ASSERT(secondary_.at(kCommon) == root::kCommonSecondary);
    number_primaries(primaries);
  }

  void number_primaries(const std::set<std::uint32_t>& primaries) {
    std::set<std::uint32_t> short_ones;
    for (UChar32 c = 0; c < 0x80; ++c) {
      for (const Element& e : alone_.at(c)) short_ones.insert(e.primary);
    }
    for (const UChar32 c : {0xfffd, 0xfffe, 0xffff}) {
      short_ones.insert(alone_.at(c).at(0).primary);
    }
    short_ones.erase(0);
    const std::uint32_t first_of_last = alone_.at(0xfffd).at(0).primary;
    std::uint32_t lead = root::kLowestByte - 1, next = 0x100;
    for (const std::uint32_t primary : primaries) {
      if (primary == first_of_last) {
        // The computed groups lie between what is tabulated and the last two characters.
        lead_of_groups_ = lead + 1;
        lead += static_cast<std::uint32_t>(Group::unassigned);
      }
      if (short_ones.contains(primary)) {
        primary_[primary] = ++lead << 8;
        next = 0x100;
      } else {
        if (next == 0x100) {
          ++lead;
          next = root::kLowestByte;
        }
        primary_[primary] = lead << 8 | next++;
      }
    }
    ASSERT(lead <= 0xff);
  }

  std::uint32_t word_of(const Element& e, std::uint32_t primary) const {
    return root::packed(primary, e.secondary == 0 ? 0U : secondary_.at(e.secondary),
                        e.tertiary == 0 ? 0U : tertiary_.at(e.tertiary));
  }

  // The word for elements: one itself, several in the list.
  std::uint32_t word_of(const Elements& elements) {
    if (elements.empty()) return 0;
    std::vector<std::uint32_t> words;
    for (std::size_t i = 0; i < elements.size(); ++i) {
      const Element& e = elements[i];
      const std::uint32_t more = i + 1 < elements.size() ? root::kMore : 0;
      const auto ideograph = ideographs_.find(e.primary);
      if (ideograph == ideographs_.end()) {
        words.push_back(word_of(e, e.primary == 0 ? 0 : primary_.at(e.primary)) | more);
      } else {
        words.push_back(word_of(e, root::kPointer) | more);
        words.push_back(static_cast<std::uint32_t>(ideograph->second));
      }
    }
    if (words.size() == 1) return words[0];
    const auto [at, is_new] = sequence_at_.try_emplace(words, sequences_.size());
    if (is_new) sequences_.insert(sequences_.end(), words.begin(), words.end());
    ASSERT(at->second <= root::kIndexMask);
    return root::pointer(root::Pointer::sequence, static_cast<std::uint32_t>(at->second));
  }

  void pack() {
    for (const auto& [c, elements] : alone_) words_[c] = word_of(elements);
    add_joins(root::Pointer::head, heads_, 0);
    add_joins(root::Pointer::follower, followers_, 1);
    find_involved();
  }

  // `at`: where in the joined texts the character is that finds them.
  void add_joins(root::Pointer kind, const std::vector<Joined>& all, std::size_t at) {
    std::map<char32_t, std::vector<const Joined*>> by_character;
    for (const Joined& joined : all) by_character[joined.text[at]].push_back(&joined);
    for (auto& [c, list] : by_character) {
      std::ranges::sort(list, [](const Joined* a, const Joined* b) {  // the longer ones first
        return std::pair(b->text.size(), a->text) < std::pair(a->text.size(), b->text);
      });
      const auto character = static_cast<UChar32>(c);
      joins_.push_back(
          fmt::format("{{{:#x}, {}, {}}}", words_.at(character), partners_.size(), list.size()));
      ASSERT(!root::is_pointer(words_.at(character)) ||
             root::kind_of(words_.at(character)) == root::Pointer::sequence);
      words_[character] = root::pointer(kind, static_cast<std::uint32_t>(joins_.size() - 1));
      for (const Joined* joined : list) {
        const char32_t third = joined->text.size() > 2 ? joined->text[2] : U'\0';
        partners_.push_back(
            fmt::format("{{{:#x}, {:#x}, {:#x}}}", static_cast<std::uint32_t>(joined->text[1 - at]),
                        static_cast<std::uint32_t>(third), word_of(joined->elements)));
      }
    }
  }

  // Those whose primaries are the ones of a character that is joined with others.
  void find_involved() {
    const auto primaries_of = [&](UChar32 c) {
      std::vector<std::uint32_t> primaries;
      for (const Element& e : alone_.at(c)) {
        if (e.primary != 0) primaries.push_back(e.primary);
      }
      return primaries;
    };
    std::set<std::vector<std::uint32_t>> involved;
    for (const Joined& joined : heads_) {
      for (const char32_t c : joined.text) involved.insert(primaries_of(static_cast<UChar32>(c)));
    }
    for (const Joined& joined : followers_) {
      involved.insert(primaries_of(static_cast<UChar32>(joined.text[1])));
    }
    UChar32 first = -1;
    for (UChar32 c = 0; c <= kEndOfUnicode; ++c) {
      const bool is = alone_.contains(c) && involved.contains(primaries_of(c));
      if (is && first < 0) first = c;
      if (!is && first >= 0) {
        involved_.push_back(fmt::format("{{{:#x}, {:#x}}}", first, c - 1));
        first = -1;
      }
    }
  }

  // Neighbours whose words go up by the same step are one row.
  std::vector<std::string> rows() const {
    std::vector<std::string> all;
    for (auto at = words_.begin(); at != words_.end();) {
      const auto [first, word] = *at;
      auto last = at;
      auto next = std::next(at);
      std::uint32_t step = 0;
      if (next != words_.end() && next->first == first + 1) step = next->second - word;
      while (next != words_.end() && next->first == last->first + 1 &&
             next->second - last->second == step) {
        last = next++;
      }
      if (last == at) step = 0;
      all.push_back(
          fmt::format("{{{:#x}, {}, {:#x}, {:#x}}}", first, last->first - first + 1, word, step));
      at = next;
    }
    return all;
  }

  std::vector<std::string> groups() const {
    std::vector<std::string> all;
    for (UChar32 c = 0, first = 0; c < kEndOfUnicode; ++c) {
      const Group group = group_of(c);
      if (c + 1 < kEndOfUnicode && group_of(c + 1) == group) continue;
      const bool computed = group != Group::none && group != Group::hangul;
      if (computed && group != Group::unassigned) {
        const std::uint32_t lead = lead_of_groups_ + static_cast<std::uint32_t>(group) - 1;
        // Their code points from here on are two digits; from 0 on, three.
        const UChar32 base = group == Group::more_han ? 0 : base_of(group);
        all.push_back(fmt::format("{{{:#x}, {:#x}, {:#x}, {:#x}}}", first, c, lead, base));
      }
      first = c + 1;
    }
    return all;
  }

  static UChar32 base_of(Group group) {
    UChar32 c = 0;
    while (group_of(c) != group) ++c;
    return c;
  }

  std::string print() const {
    UVersionInfo version;
    ucol_getVersion(source_.handle(), version);
    std::string text = fmt::format(
        "// The weights of the root collation, version 1. Written by tools/make_weights.cc from "
        "ICU\n"
        "// {} (collator {}.{}, Unicode {}); frozen, as stored keys are made of them. Not to be\n"
        "// edited. Derived from Unicode data: docs/third-party.md. Words: value/root_element.h.\n",
        U_ICU_VERSION, version[0], version[1], U_UNICODE_VERSION);
    const auto list = [&](std::string_view declaration, const std::vector<std::string>& items) {
      text += fmt::format("\nconstexpr {}[] = {{\n{}}};\n", declaration, wrapped(items));
    };
    text += fmt::format("\nconstexpr std::uint32_t kCommonTertiary = {};\n", tertiary_.at(kCommon));
    text += fmt::format("constexpr std::uint32_t kUnassignedLead = {:#x};\n",
                        lead_of_groups_ + static_cast<std::uint32_t>(Group::unassigned) - 1);
    text +=
        "\n// First character, how many, the word of the first, by how much the next ones grow.";
    list("WordRow kWordRows", rows());
    std::vector<std::string> words;
    words.reserve(sequences_.size());
    for (const std::uint32_t word : sequences_) words.push_back(fmt::format("{:#x}", word));
    text += "\n// Elements of characters that have several.";
    list("std::uint32_t kSequences", words);
    text += "\n// The word of the character alone, the first of its partners, how many.";
    list("Join kJoins", joins_);
    text += "\n// The other character, the third or 0, the word.";
    list("Partner kPartners", partners_);
    text += "\n// Characters with the primaries of one that is joined with others.";
    list("Range kJoinable", involved_);
    text +=
        "\n// Characters whose primary is computed: first, last, its first byte, and the code "
        "point\n"
        "// from which they are counted in two digits behind it (0: three digits).";
    list("GroupRow kGroupRows", groups());
    return text;
  }

  static constexpr std::uint16_t kCommon = 0x0500;

  const Root& source_;
  std::map<std::uint32_t, UChar32> ideographs_;  // by primary
  std::map<UChar32, Elements> alone_;
  std::vector<Joined> heads_, followers_;

  std::map<std::uint32_t, std::uint32_t> primary_;
  std::map<std::uint16_t, std::uint32_t> secondary_, tertiary_;
  std::uint32_t lead_of_groups_ = 0;

  std::map<UChar32, std::uint32_t> words_;
  std::vector<std::uint32_t> sequences_;
  std::map<std::vector<std::uint32_t>, std::size_t> sequence_at_;
  std::vector<std::string> joins_, partners_, involved_;
};

// utf8mb4_general_ci: the upper case of the base letter, in the blocks and of the characters that
// Unicode 3.0 had. A handful of characters are exceptions.
class GeneralWriter {
 public:
  static std::string write() {
    std::string text =
        "// The weights of utf8mb4_general_ci: the rule of tools/make_weights.cc, which wrote "
        "this.\n"
        "// Characters that are not listed weigh their code point. First character, how many, the\n"
        "// weight of the first, from one listed character to the next (1 or 2), and by how much\n"
        "// their weights grow.\n\nconstexpr FoldRow kFoldRows[] = {\n";
    std::vector<std::pair<UChar32, UChar32>> all;
    for (UChar32 c = 0; c < 0x10000; ++c) {
      if (!U_IS_SURROGATE(c) && weight_of(c) != c) all.emplace_back(c, weight_of(c));
    }
    std::vector<std::string> rows;
    for (std::size_t at = 0; at < all.size();) {
      std::size_t end = at + 1;
      UChar32 stride = 1, step = 0;
      if (end < all.size() && all[end].first - all[at].first <= 2) {
        stride = all[end].first - all[at].first;
        step = all[end].second - all[at].second;
        const auto goes_on = [&](std::size_t i) {
          return all[i].first - all[i - 1].first == stride &&
                 all[i].second - all[i - 1].second == step && step >= 0;
        };
        while (end < all.size() && goes_on(end)) ++end;
      }
      if (end == at + 1) stride = 1, step = 0;
      rows.push_back(fmt::format("{{{:#x}, {}, {:#x}, {}, {}}}", all[at].first, end - at,
                                 all[at].second, stride, step));
      at = end;
    }
    return text + wrapped(rows) + "};\n";
  }

 private:
  static bool is_old(UChar32 c) {
    UVersionInfo age;
    u_charAge(c, age);
    return age[0] >= 1 && age[0] <= 3 && (age[0] < 3 || age[1] == 0);
  }

  static UChar32 base_of(UChar32 c) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* forms = icu::Normalizer2::getNFDInstance(status);
    check(status);
    icu::UnicodeString parts;
    if (!forms->getRawDecomposition(c, parts) || parts.countChar32() < 2) return c;
    const UChar32 base = base_of(parts.char32At(0));
    return u_isalpha(base) != 0 ? base : c;
  }

  static UChar32 weight_of(UChar32 c) {
    constexpr std::pair<UChar32, UChar32> kExceptions[] = {
        {0xdf, 'S'}, {0x3f2, 0x3a3}, {0x419, 0x419}, {0x439, 0x419}};
    constexpr int kBlocks[] = {0, 1, 2, 3, 4, 5, 0x1e, 0x1f, 0x21, 0x24, 0xff};
    for (const auto& [from, to] : kExceptions) {
      if (c == from) return to;
    }
    if (std::ranges::find(kBlocks, c >> 8) == std::end(kBlocks) || !is_old(c)) return c;
    const UChar32 base = base_of(c);
    const UChar32 upper = u_toupper(base);
    return is_old(upper) ? upper : base;
  }
};

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  ASSERT(file.good());
}

}  // namespace
}  // namespace octavo

int main(int count, char** arguments) {
  if (count != 2) {
    fmt::print(stderr, "usage: make_weights <folder>\n");
    return 2;
  }
  const std::string folder = arguments[1];
  const octavo::Root source;
  octavo::write_file(folder + "/root_weights.inc", octavo::RootWriter(source).write());
  octavo::write_file(folder + "/general_weights.inc", octavo::GeneralWriter::write());
  return 0;
}
