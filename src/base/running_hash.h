#pragma once

// A hash (base/crypto.h) of what comes in pieces.

#include <memory>

#include "base/bytes.h"
#include "base/crypto.h"

namespace octavo {

class RunningHash {
 public:
  explicit RunningHash(HashKind kind);
  void add(BytesView piece);
  // Raw bytes. Once, behind the last piece.
  Bytes finish();

 private:
  struct Delete {
    void operator()(void* state) const;
  };
  std::unique_ptr<void, Delete> state_;
};

}  // namespace octavo
