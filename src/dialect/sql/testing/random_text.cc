#include "dialect/sql/testing/random_text.h"

#include <utility>

#include "base/assert.h"

namespace octavo::sql {

RandomText::RandomText(std::istream& grammar) {
  std::string rule;
  for (std::string line; std::getline(grammar, line);) {
    if (line.starts_with('#')) continue;
    if (line.starts_with('|')) {
      rule += ' ' + line;
      continue;
    }
    if (!rule.empty()) add_rule(rule);
    rule = line;
  }
  if (!rule.empty()) add_rule(rule);
}

void RandomText::add_rule(const std::string& line) {
  const std::size_t equal = line.find(" = ");
  ASSERT(equal != std::string::npos);
  std::vector<Sequence>& alternatives = rules_[line.substr(0, equal)];
  std::string_view rest = std::string_view(line).substr(equal + 3);
  for (;;) {
    alternatives.push_back(read_sequence(rest));
    if (rest.empty()) return;
    ASSERT(rest.front() == '|');
    rest.remove_prefix(1);
  }
}

// Up to what ends it, which stays.
RandomText::Sequence RandomText::read_sequence(std::string_view& rest) {
  Sequence sequence;
  std::string text;
  const auto finish_text = [&] {
    if (!text.empty()) sequence.push_back({.text = std::exchange(text, {})});
  };
  while (!rest.empty()) {
    const char c = rest.front();
    if (c == '|' || c == ']' || c == '}') break;
    rest.remove_prefix(1);
    if (c == '\\') {
      text += rest.front();
      rest.remove_prefix(1);
    } else if (c == '<') {
      finish_text();
      const std::size_t end = rest.find('>');
      sequence.push_back({.kind = Piece::Kind::rule, .text = std::string(rest.substr(0, end))});
      rest.remove_prefix(end + 1);
    } else if (c == '[' || c == '{') {
      finish_text();
      const Piece::Kind kind = c == '[' ? Piece::Kind::optional : Piece::Kind::list;
      sequence.push_back({.kind = kind, .inside = read_sequence(rest)});
      rest.remove_prefix(1);
    } else {
      text += c;
    }
  }
  finish_text();
  return sequence;
}

void RandomText::write_rule(const std::string& name, Random& random, int& budget,
                            std::string& out) const {
  const auto rule = rules_.find(name);
  ASSERT(rule != rules_.end());
  const auto& alternatives = rule->second;
  const std::size_t chosen = --budget < 0 ? 0 : random.below(alternatives.size());
  write(alternatives[chosen], random, budget, out);
}

void RandomText::write(const Sequence& sequence, Random& random, int& budget,
                       std::string& out) const {
  constexpr int kMaxItems = 3;
  for (const Piece& piece : sequence) {
    switch (piece.kind) {
      case Piece::Kind::text: out += piece.text; break;
      case Piece::Kind::rule: write_rule(piece.text, random, budget, out); break;
      case Piece::Kind::optional:
        if (budget > 0 && random.below(2) == 0) write(piece.inside, random, budget, out);
        break;
      case Piece::Kind::list: {
        write(piece.inside, random, budget, out);
        for (int i = 1; i < kMaxItems && budget > 0 && random.below(2) == 0; ++i) {
          out += ", ";
          write(piece.inside, random, budget, out);
        }
        break;
      }
    }
  }
}

std::string RandomText::make(const std::string& rule, Random& random, int budget) const {
  std::string out;
  write_rule(rule, random, budget, out);
  return out;
}

}  // namespace octavo::sql
