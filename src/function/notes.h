#pragma once

// What a statement tells beside its result (MySQL's warnings): expressions add to it while they are
// evaluated, where their context has any. One for each statement, used from one thread at a time.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace octavo::function {

enum class NoteLevel : std::uint8_t { note, warning, error };

struct Note {
  NoteLevel level = NoteLevel::warning;
  std::uint32_t number = 0;  // the dialect's (Error::number)
  std::string text;
};

class Notes {
 public:
  static constexpr std::size_t kMostKept = 1'024;

  // The first ones are kept, and all are counted.
  void add(NoteLevel level, std::uint32_t number, std::string text) {
    ++count_;
    if (kept_.size() < most_) kept_.push_back({level, number, std::move(text)});
  }
  void set_most(std::size_t most) { most_ = most; }
  std::size_t count() const { return count_; }
  std::span<const Note> kept() const { return kept_; }
  void clear() {
    std::vector<Note>().swap(kept_);
    count_ = 0;
  }

 private:
  std::vector<Note> kept_;
  std::size_t count_ = 0;
  std::size_t most_ = kMostKept;
};

}  // namespace octavo::function
