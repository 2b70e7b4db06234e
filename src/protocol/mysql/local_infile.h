#pragma once

// LOAD DATA LOCAL: the server asks for a file, the client sends it in packets, of which an empty
// one is the end. Whatever goes wrong, the packets are read to that end first: only then does the
// client look for an answer. No I/O.

#include <optional>
#include <utility>

#include "base/bytes.h"
#include "dialect/sql/error/error.h"

namespace octavo::mysql {

void put_file_request(Bytes& out, std::string_view name);

class LocalInfile {
 public:
  enum class Next : std::uint8_t {
    take,  // the rows in the packet
    skip,  // them: something has failed
    end,
  };
  Next on_packet(BytesView payload) const {
    if (payload.empty()) return Next::end;
    return error_ ? Next::skip : Next::take;
  }
  void fail(Error error) {  // the first counts
    if (!error_) error_ = std::move(error);
  }
  const std::optional<Error>& error() const { return error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace octavo::mysql
