#include "base/compression.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <new>
#include <optional>
#include <string>

#include "base/assert.h"
#include "base/text.h"

namespace octavo {
namespace {

// zlib's names for what surrounds the deflated bytes: a window of 32 KiB, and gzip's or zlib's head
// and checksum, or nothing.
constexpr int kWindowBits = 15;
constexpr int kGzip = kWindowBits + 16;
constexpr int kZlib = kWindowBits;
constexpr int kRaw = -kWindowBits;
// Twice as fast as the usual 6, and some percent larger.
constexpr int kLevel = 4;
constexpr int kMemoryLevel = 8;
constexpr std::size_t kStepBytes = 16 * 1024;

void give(z_stream& stream, BytesView input) {
  const auto size = std::min<std::size_t>(input.size(), std::numeric_limits<uInt>::max());
  // Not changed: zlib's interface is older than const.
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  stream.avail_in = static_cast<uInt>(size);
}

// Lets `step` write behind `out`; no more than `limit` bytes, and what it wrote stays.
template <class Step>
int append(z_stream& stream, Bytes& out, std::size_t limit, Step&& step) {
  const std::size_t before = out.size();
  out.resize(before + limit);
  stream.next_out = reinterpret_cast<Bytef*>(out.data() + before);
  stream.avail_out = static_cast<uInt>(limit);
  const int result = step();
  out.resize(out.size() - stream.avail_out);
  return result;
}

class ZlibEncoder final : public Encoder {
 public:
  explicit ZlibEncoder(int format) {
    const int made = ::deflateInit2(&stream_, kLevel, Z_DEFLATED, format, kMemoryLevel,  //
                                    Z_DEFAULT_STRATEGY);
    if (made == Z_MEM_ERROR) throw std::bad_alloc();
    ASSERT(made == Z_OK);
  }
  ~ZlibEncoder() override { ::deflateEnd(&stream_); }
  ZlibEncoder(const ZlibEncoder&) = delete;
  ZlibEncoder& operator=(const ZlibEncoder&) = delete;

  void encode(BytesView input, Bytes& out) override {
    while (!input.empty()) {
      give(stream_, input);
      const std::size_t given = stream_.avail_in;
      run(Z_NO_FLUSH, out);
      input.remove_prefix(given - stream_.avail_in);
    }
  }
  void finish(Bytes& out) override {
    give(stream_, {});
    while (run(Z_FINISH, out) != Z_STREAM_END) {
    }
  }

 private:
  int run(int flush, Bytes& out) {
    return append(stream_, out, kStepBytes, [&] { return ::deflate(&stream_, flush); });
  }
  z_stream stream_{};
};

class ZlibDecoder final : public Decoder {
 public:
  // `format` 0: zlib's or raw, as the first byte says. HTTP's «deflate» means the former, and many
  // clients send the latter.
  explicit ZlibDecoder(int format) : format_(format) {}
  ~ZlibDecoder() override {
    if (open_) ::inflateEnd(&stream_);
  }
  ZlibDecoder(const ZlibDecoder&) = delete;
  ZlibDecoder& operator=(const ZlibDecoder&) = delete;

  Status decode(BytesView& input, Bytes& out, std::size_t limit) override {
    if (!open_) {
      if (input.empty()) return {};
      open(input.front());
    }
    while (limit > 0) {
      if (ended_ && !begin_again(input)) return trailing(input);
      give(stream_, input);
      const std::size_t given = stream_.avail_in;
      const std::size_t size = out.size();
      const int result = append(stream_, out, std::min(limit, kStepBytes),
                                [&] { return ::inflate(&stream_, Z_NO_FLUSH); });
      input.remove_prefix(given - stream_.avail_in);
      limit -= out.size() - size;
      ended_ = result == Z_STREAM_END;
      if (result == Z_MEM_ERROR) throw std::bad_alloc();
      if (result == Z_BUF_ERROR) return {};  // it wants more input
      if (result != Z_OK && result != Z_STREAM_END) return bad();
    }
    return {};
  }
  bool at_end() const override { return ended_; }

 private:
  void open(char first) {
    constexpr int kMethodMask = 0x0f;
    const bool has_head = (static_cast<unsigned char>(first) & kMethodMask) == Z_DEFLATED;
    const int format = format_ != 0 ? format_ : has_head ? kZlib : kRaw;
    const int made = ::inflateInit2(&stream_, format);
    if (made == Z_MEM_ERROR) throw std::bad_alloc();
    ASSERT(made == Z_OK);
    open_ = true;
  }
  // A gzip stream may have several members.
  bool begin_again(BytesView input) {
    if (format_ != kGzip || input.empty()) return false;
    ended_ = false;
    return ::inflateReset(&stream_) == Z_OK;
  }
  Status trailing(BytesView input) const {
    if (input.empty()) return {};
    return fail(Code::corrupt, "The compressed data go on behind their end.");
  }
  Status bad() const {
    return fail(Code::corrupt, std::string("The compressed data are damaged: ") +
                                   (stream_.msg != nullptr ? stream_.msg : "no such stream") + ".");
  }

  const int format_;
  bool open_ = false;
  bool ended_ = false;
  z_stream stream_{};
};

template <int Format>
std::unique_ptr<Encoder> encoder() {
  return std::make_unique<ZlibEncoder>(Format);
}
template <int Format>
std::unique_ptr<Decoder> decoder() {
  return std::make_unique<ZlibDecoder>(Format);
}

constexpr Compression kCompressions[] = {
    {"gzip", encoder<kGzip>, decoder<kGzip>},
    {"x-gzip", encoder<kGzip>, decoder<kGzip>},  // what it was called before HTTP/1.1
    {"deflate", encoder<kZlib>, decoder<0>},
};

}  // namespace

const Compression* find_compression(std::string_view name) {
  const auto* found = std::ranges::find_if(kCompressions, [name](const Compression& row) {
    return equals_ignoring_case(row.name, name);
  });
  return found == std::end(kCompressions) ? nullptr : found;
}

}  // namespace octavo
