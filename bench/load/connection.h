#pragma once

// One connection of a load: sends what its dialect writes and reads replies one by one.

#include <memory>

#include "base/random.h"
#include "io/socket.h"
#include "io/task.h"
#include "load.h"

namespace octavo::load {

class Connection {
 public:
  Connection(io::Stream stream, std::unique_ptr<Dialect> dialect, std::uint64_t seed)
      : stream_(std::move(stream)), dialect_(std::move(dialect)), random_(seed) {}

  Dialect& dialect() { return *dialect_; }
  Random& random() { return random_; }

  // What the dialect has to say before its load.
  io::Task<Status> open();
  io::Stream::WriteAwaiter send(BytesView bytes) { return stream_.write_all(bytes); }
  // An error reply is `internal`, and is consumed like any other.
  io::Task<Result<Bytes>> read_reply();
  // Ends a read that is under way.
  void interrupt() { stream_.interrupt(); }

 private:
  io::Stream stream_;
  std::unique_ptr<Dialect> dialect_;
  Random random_;
  Bytes input_;
  std::size_t at_ = 0;
};

// To the server of `plan`, opened.
io::Task<Status> connect(const Plan& plan, MakeDialect make, std::size_t index,
                         std::unique_ptr<Connection>& out);

}  // namespace octavo::load
