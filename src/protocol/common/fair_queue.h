#pragma once

// A queue whose owners take turns: however much one of them has put in, the next of another one
// comes after at most one of each. Items of the same owner stay in their order. Not thread-safe.

#include <cstddef>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "base/assert.h"

namespace octavo::protocol {

template <class T>
class FairQueue {
 public:
  void push(const std::string& owner, T item) { lines_[owner].push_back(std::move(item)); }
  bool empty() const { return lines_.empty(); }

  T pop() {
    ASSERT(!empty());
    auto line = lines_.upper_bound(last_);  // the turn goes round by name
    if (line == lines_.end()) line = lines_.begin();
    T item = std::move(line->second.front());
    line->second.pop_front();
    last_ = line->first;
    if (line->second.empty()) lines_.erase(line);
    return item;
  }

 private:
  std::map<std::string, std::deque<T>> lines_;  // none of them empty
  std::string last_;
};

}  // namespace octavo::protocol
