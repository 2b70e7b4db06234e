#include "base/zstd.h"

#include <zstd.h>

#include <algorithm>
#include <new>
#include <string>

#include "base/assert.h"

namespace octavo {
namespace {

constexpr int kMaxWindowBits = 23;
constexpr std::size_t kStepBytes = 16 * 1024;

// Lets `step` write behind `out`, no more than `limit` bytes, and what it wrote stays.
template <class Step>
std::size_t append(Bytes& out, std::size_t limit, Step&& step) {
  const std::size_t before = out.size();
  out.resize(before + limit);
  ZSTD_outBuffer target{out.data() + before, limit, 0};
  const std::size_t result = step(target);
  out.resize(before + target.pos);
  return result;
}

class ZstdEncoder final : public Encoder {
 public:
  explicit ZstdEncoder(int level) : stream_(ZSTD_createCStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    set(ZSTD_c_compressionLevel, level);
    // So that every decoder of ours takes it.
    set(ZSTD_c_windowLog, kWindowBits);
  }
  ~ZstdEncoder() override { ZSTD_freeCStream(stream_); }
  ZstdEncoder(const ZstdEncoder&) = delete;
  ZstdEncoder& operator=(const ZstdEncoder&) = delete;

  void encode(BytesView input, Bytes& out) override {
    ZSTD_inBuffer source{input.data(), input.size(), 0};
    while (source.pos < source.size) run(source, ZSTD_e_continue, out);
  }
  void finish(Bytes& out) override {
    ZSTD_inBuffer source{nullptr, 0, 0};
    while (run(source, ZSTD_e_end, out) != 0) {
    }
  }

 private:
  static constexpr int kWindowBits = 21;
  static_assert(kWindowBits <= kMaxWindowBits);
  void set(ZSTD_cParameter parameter, int value) {
    const std::size_t result = ZSTD_CCtx_setParameter(stream_, parameter, value);
    ASSERT(ZSTD_isError(result) == 0);
  }
  std::size_t run(ZSTD_inBuffer& source, ZSTD_EndDirective end, Bytes& out) {
    const std::size_t left = append(out, kStepBytes, [&](ZSTD_outBuffer& target) {
      return ZSTD_compressStream2(stream_, &target, &source, end);
    });
    if (ZSTD_isError(left) != 0) throw std::bad_alloc();  // it has no other reason to fail
    return left;
  }
  ZSTD_CStream* const stream_;
};

class ZstdDecoder final : public Decoder {
 public:
  ZstdDecoder() : stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
    const std::size_t result = ZSTD_DCtx_setParameter(stream_, ZSTD_d_windowLogMax, kMaxWindowBits);
    ASSERT(ZSTD_isError(result) == 0);
  }
  ~ZstdDecoder() override { ZSTD_freeDStream(stream_); }
  ZstdDecoder(const ZstdDecoder&) = delete;
  ZstdDecoder& operator=(const ZstdDecoder&) = delete;

  Status decode(BytesView& input, Bytes& out, std::size_t limit) override {
    while (limit > 0) {
      // Between frames there is nothing to wait for: what follows begins the next one.
      if (at_end_ && input.empty()) return {};
      ZSTD_inBuffer source{input.data(), input.size(), 0};
      const std::size_t size = out.size();
      const std::size_t step = std::min(limit, kStepBytes);
      const std::size_t result = append(out, step, [&](ZSTD_outBuffer& target) {
        return ZSTD_decompressStream(stream_, &target, &source);
      });
      if (ZSTD_isError(result) != 0) {
        return fail(Code::corrupt, std::string("The compressed data are damaged: ") +
                                       ZSTD_getErrorName(result) + ".");
      }
      input.remove_prefix(source.pos);
      const std::size_t made = out.size() - size;
      limit -= made;
      at_end_ = result == 0;
      if (made < step && input.empty()) return {};
    }
    return {};
  }
  bool at_end() const override { return at_end_; }

 private:
  ZSTD_DStream* const stream_;
  bool at_end_ = false;
};

}  // namespace

std::unique_ptr<Encoder> make_zstd_encoder(int level) {
  return std::make_unique<ZstdEncoder>(std::clamp(level, kMinZstdLevel, kMaxZstdLevel));
}

std::unique_ptr<Decoder> make_zstd_decoder() { return std::make_unique<ZstdDecoder>(); }

}  // namespace octavo
