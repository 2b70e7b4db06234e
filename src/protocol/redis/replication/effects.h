#pragma once

// What a write did, as commands that do exactly the same to a copy of the keys, whatever its clock
// and its luck: random choices, times to live, ids and floating point sums are told by their
// results. As Redis 7.0 puts them, where that is exact.

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "keyspace/keyspace.h"

namespace octavo::redis {

// The request of these words in RESP.
void put_request(Bytes& out, keyspace::Args words);
void put_request(Bytes& out, std::initializer_list<std::string_view> words);

// Those of one operation, in order.
class EffectList {
 public:
  struct Effect {
    unsigned db = 0;
    std::size_t end = 0;  // in `bytes`
  };

  void add(unsigned db, keyspace::Args words);
  void add(unsigned db, std::initializer_list<std::string_view> words) {
    add(db, keyspace::Args(words.begin(), words.size()));
  }
  bool empty() const { return effects_.empty(); }
  const std::vector<Effect>& effects() const { return effects_; }
  BytesView bytes() const { return bytes_; }
  void clear();

 private:
  Bytes bytes_;
  std::vector<Effect> effects_;
};

// A write that changed something. The keyspace is as it left it.
struct WrittenCall {
  const keyspace::Keyspace& keyspace;
  unsigned db;
  const keyspace::CommandSpec& spec;
  keyspace::Args args;
  std::string_view reply;
};

// With the keyspace's mutex held.
void add_effects(const WrittenCall& call, EffectList& out);

}  // namespace octavo::redis
