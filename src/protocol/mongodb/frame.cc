#include "protocol/mongodb/frame.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/assert.h"
#include "base/checksum.h"
#include "base/compression.h"
#include "base/snappy.h"
#include "base/zstd.h"
#include "dialect/mongodb/error/error.h"
#include "value/utf8.h"

namespace octavo::mongodb {
namespace {

using value::Value;

constexpr std::size_t kChecksumBytes = 4;
constexpr std::size_t kLengthBytes = 4;
constexpr int kZstdLevel = 3;

// Flags of OP_MSG. A bit of the lower half that is not here must not be passed over.
constexpr std::uint32_t kChecksumPresent = 1U << 0;
constexpr std::uint32_t kMoreToCome = 1U << 1;
constexpr std::uint32_t kExhaustAllowed = 1U << 16;
constexpr std::uint32_t kKnownRequired = kChecksumPresent | kMoreToCome;
constexpr std::uint32_t kRequiredMask = 0xffff;

constexpr std::uint8_t kBodySection = 0;
constexpr std::uint8_t kSequenceSection = 1;

constexpr std::uint32_t kReplyAwaitCapable = 8;

std::unexpected<Error> malformed(std::string what) { return fail(Code::corrupt, std::move(what)); }

constexpr std::string_view kTooLong = "a message that is longer than it may be";

std::string_view problem_of(const FrameHeader& header, std::size_t most) {
  if (header.length < kFrameHeaderBytes) return "a message shorter than its header";
  if (header.length > most) return kTooLong;
  return {};
}

// --- Compressors ---

void pack_plain(BytesView plain, Bytes& out) { out.append(plain); }

Status unpack_plain(BytesView packed, std::size_t size, Bytes& out) {
  if (packed.size() != size) return fail(Code::corrupt, "The message has another size.");
  out.append(packed);
  return {};
}

void pack_by(const std::unique_ptr<Encoder>& encoder, BytesView plain, Bytes& out) {
  encoder->encode(plain, out);
  encoder->finish(out);
}

// What is said of the size is believed only as far as the bytes bear it out.
Status unpack_by(const std::unique_ptr<Decoder>& decoder, BytesView packed, std::size_t size,
                 Bytes& out) {
  const std::size_t before = out.size();
  // One byte more, so that the coding sees its own end, and we what is beyond it.
  TRY_STATUS(decoder->decode(packed, out, size + 1));
  const bool exact = out.size() - before == size && packed.empty() && decoder->at_end();
  if (!exact) return fail(Code::corrupt, "The message has another size.");
  return {};
}

// What zlib makes (RFC 1950) is HTTP's «deflate».
const Compression& zlib() {
  static const Compression& row = *find_compression("deflate");
  return row;
}

constexpr Compressor kCompressors[] = {
    {kNoCompressor, "noop", pack_plain, unpack_plain},
    {1, "snappy", snappy_compress, snappy_uncompress},
    {2, "zlib", [](BytesView plain, Bytes& out) { pack_by(zlib().encoder(), plain, out); },
     [](BytesView packed, std::size_t size, Bytes& out) {
       return unpack_by(zlib().decoder(), packed, size, out);
     }},
    {3, "zstd",
     [](BytesView plain, Bytes& out) { pack_by(make_zstd_encoder(kZstdLevel), plain, out); },
     [](BytesView packed, std::size_t size, Bytes& out) {
       return unpack_by(make_zstd_decoder(), packed, size, out);
     }},
};

// --- Requests ---

std::optional<std::string_view> get_zero_ended(ByteReader& reader) {
  const std::size_t end = reader.rest().find('\0');
  if (end == BytesView::npos) return std::nullopt;
  const auto text = reader.get_bytes(end + 1);
  return text->substr(0, end);
}

// The document at the front, by what it says of its length.
std::optional<BytesView> get_document(ByteReader& reader) {
  if (reader.rest().size() < kEmptyBsonBytes) return std::nullopt;
  const auto length = load_le<std::uint32_t>(reader.rest().data());
  if (length < kEmptyBsonBytes) return std::nullopt;
  return reader.get_bytes(length);
}

std::optional<DocumentSequence> get_sequence(ByteReader& reader) {
  if (reader.rest().size() < kLengthBytes) return std::nullopt;
  const auto length = load_le<std::uint32_t>(reader.rest().data());
  const auto section = reader.get_bytes(length);
  if (!section || length < kLengthBytes) return std::nullopt;
  ByteReader inside(section->substr(kLengthBytes));
  const auto name = get_zero_ended(inside);
  if (!name) return std::nullopt;
  return DocumentSequence{.name = *name, .documents = inside.rest()};
}

Status parse_sections(ByteReader reader, Request& request) {
  while (!reader.empty()) {
    const std::uint8_t kind = *reader.get_le<std::uint8_t>();
    if (kind == kSequenceSection) {
      const auto sequence = get_sequence(reader);
      if (!sequence) return malformed("a damaged sequence of documents");
      request.sequences.push_back(*sequence);
      continue;
    }
    if (kind != kBodySection) return malformed("a section of an unknown kind");
    if (!request.body.empty()) return malformed("two bodies in one message");
    const auto document = get_document(reader);
    if (!document) return malformed("a damaged document");
    request.body = *document;
  }
  if (request.body.empty()) return malformed("a message without a body");
  return {};
}

// `whole`: the message with its header, which the checksum covers.
Status parse_message(BytesView whole, Request& request) {
  ByteReader reader(whole.substr(kFrameHeaderBytes));
  const auto flags = reader.get_le<std::uint32_t>();
  if (!flags) return malformed("a message without flags");
  if ((*flags & kRequiredMask & ~kKnownRequired) != 0) return malformed("unknown flags");
  request.has_checksum = (*flags & kChecksumPresent) != 0;
  request.more_to_come = (*flags & kMoreToCome) != 0;
  request.exhaust_allowed = (*flags & kExhaustAllowed) != 0;
  BytesView sections = reader.rest();
  if (request.has_checksum) {
    if (sections.size() < kChecksumBytes) return malformed("a message without its checksum");
    sections.remove_suffix(kChecksumBytes);
    const BytesView covered = whole.substr(0, whole.size() - kChecksumBytes);
    if (crc32c(covered) != load_le<std::uint32_t>(covered.data() + covered.size())) {
      return malformed("a wrong checksum");
    }
  }
  return parse_sections(ByteReader(sections), request);
}

Status parse_query(BytesView body, Request& request) {
  ByteReader reader(body);
  const auto flags = reader.get_le<std::uint32_t>();
  const auto collection = flags ? get_zero_ended(reader) : std::nullopt;
  const auto skip = collection ? reader.get_le<std::uint32_t>() : std::nullopt;
  const auto limit = skip ? reader.get_le<std::uint32_t>() : std::nullopt;
  const auto document = limit ? get_document(reader) : std::nullopt;
  if (!document) return malformed("a damaged OP_QUERY");
  request.collection = *collection;
  request.body = *document;  // behind it there may be which fields to return
  return {};
}

Status parse_plain(std::int32_t opcode, BytesView whole, Request& request) {
  request.opcode = static_cast<Opcode>(opcode);
  switch (request.opcode) {
    case Opcode::message: return parse_message(whole, request);
    case Opcode::query: return parse_query(whole.substr(kFrameHeaderBytes), request);
    default: return malformed("an unknown operation");
  }
}

void put_frame_header(Bytes& out, std::uint32_t length, std::uint32_t id, std::uint32_t to,
                      std::int32_t opcode) {
  put_le(out, length);
  put_le(out, id);
  put_le(out, to);
  put_le(out, static_cast<std::uint32_t>(opcode));
}

// The message that a compressed one was made of, with a header of its own, in `unpacked`; its
// opcode.
Result<std::int32_t> unpack(const Frame& frame, Request& request, Bytes& unpacked) {
  ByteReader reader(frame.body());
  const auto opcode = reader.get_le<std::uint32_t>();
  const auto size = reader.get_le<std::uint32_t>();
  const auto id = reader.get_le<std::uint8_t>();
  if (!opcode || !size || !id) return malformed("a compressed message without its header");
  const auto* const row = std::ranges::find(kCompressors, *id, &Compressor::id);
  if (row == std::end(kCompressors)) return malformed("an unknown compressor");
  request.compressor = row;
  unpacked.clear();
  put_frame_header(unpacked, static_cast<std::uint32_t>(kFrameHeaderBytes + *size),
                   frame.header.request_id, frame.header.response_to,
                   static_cast<std::int32_t>(*opcode));
  TRY_STATUS(row->unpack(reader.rest(), *size, unpacked));
  return static_cast<std::int32_t>(*opcode);
}

Result<Value> read_sequence(const DocumentSequence& sequence) {
  if (value::find_invalid_utf8(sequence.name)) {
    return error(ErrorCode::invalid_bson, "The name of a sequence of documents is not UTF-8");
  }
  std::vector<Value> documents;
  ByteReader reader(sequence.documents);
  while (!reader.empty()) {
    const auto bytes = get_document(reader);
    if (!bytes) {
      return error(ErrorCode::invalid_bson, "A damaged document in the sequence '{}'",
                   sequence.name);
    }
    TRY(Value document, read_bson(*bytes));
    documents.push_back(std::move(document));
  }
  return Value::array(std::move(documents));
}

}  // namespace

std::size_t Frame::plain_size() const {
  const bool packed = header.opcode == std::to_underlying(Opcode::compressed);
  ByteReader reader(body());
  const bool has_size = packed && reader.get_le<std::uint32_t>();  // behind the opcode
  const auto size = has_size ? reader.get_le<std::uint32_t>() : std::nullopt;
  return size ? kFrameHeaderBytes + std::size_t{*size} : whole.size();
}

Frame next_frame(BytesView input, std::size_t most) {
  Frame frame;
  if (input.size() < kFrameHeaderBytes) return frame;
  ByteReader reader(input);
  frame.header.length = *reader.get_le<std::uint32_t>();
  frame.header.request_id = *reader.get_le<std::uint32_t>();
  frame.header.response_to = *reader.get_le<std::uint32_t>();
  frame.header.opcode = static_cast<std::int32_t>(*reader.get_le<std::uint32_t>());
  frame.problem = problem_of(frame.header, most);
  if (!frame.problem.empty()) {
    frame.state = Frame::State::bad;
  } else if (input.size() >= frame.header.length) {
    frame.state = Frame::State::whole;
    frame.whole = input.substr(0, frame.header.length);
    if (frame.plain_size() > most) {
      frame.state = Frame::State::bad;
      frame.problem = kTooLong;
    }
  }
  return frame;
}

std::span<const Compressor> compressors() { return kCompressors; }

Result<Request> parse_request(const Frame& frame, Bytes& unpacked) {
  Request request;
  request.id = frame.header.request_id;
  if (frame.header.opcode != std::to_underlying(Opcode::compressed)) {
    TRY_STATUS(parse_plain(frame.header.opcode, frame.whole, request));
    return request;
  }
  TRY(const std::int32_t opcode, unpack(frame, request, unpacked));
  TRY_STATUS(parse_plain(opcode, unpacked, request));
  return request;
}

Result<Value> read_command(const Request& request) {
  TRY(Value body, read_bson(request.body, BsonPart::command));
  if (request.opcode == Opcode::query) {
    const Value* const inner = body.find("$query");
    return inner != nullptr && inner->is_object() ? *inner : body;
  }
  if (request.sequences.empty()) return body;
  const value::ObjectView fields = body.as_object();
  std::vector<value::Field> all(fields.begin(), fields.end());
  for (const DocumentSequence& sequence : request.sequences) {
    if (std::ranges::find(all, sequence.name, &value::Field::name) != all.end()) {
      const std::string_view command = all.empty() ? sequence.name : all.front().name;
      return error(40413, "BSON field '{}.{}' is a duplicate field", command, sequence.name);
    }
    TRY(Value documents, read_sequence(sequence));
    all.push_back({std::string(sequence.name), std::move(documents)});
  }
  return Value::object(std::move(all));
}

ReplyFrame::ReplyFrame(Bytes& out, const Request& request, std::uint32_t request_id, bool more)
    : out_(out), request_(request), request_id_(request_id), begin_(out.size()) {
  if (request.opcode == Opcode::query) {
    put_header(out_, Opcode::reply);
    put_le(out_, kReplyAwaitCapable);
    put_le(out_, std::uint64_t{0});  // no cursor
    put_le(out_, std::uint32_t{0});  // from the first document
    put_le(out_, std::uint32_t{1});  // which is the only one
  } else {
    put_header(out_, Opcode::message);
    const std::uint32_t flags =
        (request.has_checksum ? kChecksumPresent : 0) | (more ? kMoreToCome : 0);
    put_le(out_, flags);
    out_.push_back(static_cast<char>(kBodySection));
  }
  document_.emplace(out_);
}

void ReplyFrame::put_header(Bytes& out, Opcode opcode) const {
  put_frame_header(out, 0, request_id_, request_.id, std::to_underlying(opcode));
}

void ReplyFrame::end() {
  document_->end();
  const bool with_checksum = request_.has_checksum && request_.opcode == Opcode::message;
  const std::size_t length = out_.size() - begin_ + (with_checksum ? kChecksumBytes : 0);
  store_le(out_.data() + begin_, static_cast<std::uint32_t>(length));
  if (with_checksum) put_checksum();
  if (request_.compressor != nullptr) pack();
}

void ReplyFrame::put_checksum() { put_le(out_, crc32c(BytesView(out_).substr(begin_))); }

void ReplyFrame::pack() {
  const BytesView plain = BytesView(out_).substr(begin_);
  const BytesView body = plain.substr(kFrameHeaderBytes);
  Bytes packed;
  put_header(packed, Opcode::compressed);
  packed.append(plain.substr(kFrameHeaderBytes - sizeof(std::int32_t), sizeof(std::int32_t)));
  put_le(packed, static_cast<std::uint32_t>(body.size()));
  packed.push_back(static_cast<char>(request_.compressor->id));
  request_.compressor->pack(body, packed);
  store_le(packed.data(), static_cast<std::uint32_t>(packed.size()));
  out_.resize(begin_);
  out_.append(packed);
}

}  // namespace octavo::mongodb
