#pragma once

// Random texts of a grammar. testdata/grammar.txt says how one is written.

#include <istream>
#include <map>
#include <string>
#include <vector>

#include "base/random.h"

namespace octavo::sql {

class RandomText {
 public:
  explicit RandomText(std::istream& grammar);

  // About as long as `budget` rules make it.
  std::string make(const std::string& rule, Random& random, int budget) const;

 private:
  struct Piece;
  using Sequence = std::vector<Piece>;
  struct Piece {
    enum class Kind { text, rule, optional, list };
    Kind kind = Kind::text;
    std::string text;  // or the rule's name
    Sequence inside;
  };

  void add_rule(const std::string& line);
  static Sequence read_sequence(std::string_view& rest);
  void write(const Sequence& sequence, Random& random, int& budget, std::string& out) const;
  void write_rule(const std::string& name, Random& random, int& budget, std::string& out) const;

  std::map<std::string, std::vector<Sequence>> rules_;
};

}  // namespace octavo::sql
