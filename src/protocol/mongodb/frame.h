#pragma once

// MongoDB's messages as bytes, without I/O: OP_MSG, OP_COMPRESSED around it, and OP_QUERY with
// OP_REPLY, which old clients open their connections with. docs/protocols/mongodb.md.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "protocol/mongodb/bson/bson.h"
#include "value/value.h"

namespace octavo::mongodb {

constexpr std::size_t kFrameHeaderBytes = 16;
constexpr std::size_t kMaxFrameBytes = 48'000'000;  // maxMessageSizeBytes

enum class Opcode : std::int32_t {
  reply = 1,
  query = 2004,
  compressed = 2012,
  message = 2013,
};

// What stands before every message.
struct FrameHeader {
  std::uint32_t length = 0;  // of all, with this
  std::uint32_t request_id = 0;
  std::uint32_t response_to = 0;
  std::int32_t opcode = 0;
};

struct Frame {
  // `bad`: no message can follow it; `problem` says why, for the log.
  enum class State : std::uint8_t { more, whole, bad } state = State::more;
  FrameHeader header;
  BytesView whole;  // with its header
  std::string_view problem = {};

  BytesView body() const { return whole.substr(kFrameHeaderBytes); }
  // Of a whole one: its size without compression, as far as it says that.
  std::size_t plain_size() const;
};

// The one at the front of `input`, of at most so many bytes, compressed or not.
Frame next_frame(BytesView input, std::size_t most = kMaxFrameBytes);

// A way to make messages smaller, which clients name in their greeting.
struct Compressor {
  std::uint8_t id;
  std::string_view name;
  void (*pack)(BytesView plain, Bytes& out);                         // appends
  Status (*unpack)(BytesView packed, std::size_t size, Bytes& out);  // appends exactly so much
};
constexpr std::uint8_t kNoCompressor = 0;  // of what is packed as it is
std::span<const Compressor> compressors();

// The documents of an OP_MSG that stand beside its body: an array of it, under that name.
struct DocumentSequence {
  std::string_view name;
  BytesView documents;
};

// A request, whose bytes are in its frame, or in the buffer that it was unpacked to.
struct Request {
  std::uint32_t id = 0;
  Opcode opcode = Opcode::message;
  bool has_checksum = false;
  bool more_to_come = false;     // nobody waits for a reply
  bool exhaust_allowed = false;  // several replies may come
  const Compressor* compressor = nullptr;
  std::string_view collection;  // of OP_QUERY: the whole name, "admin.$cmd"
  BytesView body;               // a document
  std::vector<DocumentSequence> sequences;
};

// `unpacked` keeps what a compressed frame was made of. An error is one of the client's making
// after which no message of it can be trusted; its text is for the log.
Result<Request> parse_request(const Frame& frame, Bytes& unpacked);

// The command that a request is: its body, with its sequences as fields behind it; of OP_QUERY what
// `$query` surrounds. Errors have MongoDB's codes, and are a reply.
Result<value::Value> read_command(const Request& request);

// A reply that is being written behind `out`; `request_id` is its own number. In the way that the
// request came in: compressed, with a checksum, as OP_REPLY. Where replies follow that nobody
// asked for, `more` says so.
class ReplyFrame {
 public:
  ReplyFrame(Bytes& out, const Request& request, std::uint32_t request_id, bool more);
  ReplyFrame(const ReplyFrame&) = delete;
  ReplyFrame& operator=(const ReplyFrame&) = delete;

  void add(std::string_view name, const value::Value& value) { document_->add(name, value); }
  void end();  // once, at last

 private:
  void put_header(Bytes& out, Opcode opcode) const;
  void put_checksum();
  void pack();

  Bytes& out_;
  const Request& request_;
  const std::uint32_t request_id_;
  const std::size_t begin_;  // of the message in `out`
  std::optional<BsonWriter> document_;
};

}  // namespace octavo::mongodb
