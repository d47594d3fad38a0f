#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace tombola {

// Hands out pieces of one block of memory, which it does not own, in order and
// for good. Everything that plays takes its memory here once, at Init.
class Arena {
 public:
  // The alignment of every piece, enough for any type.
  static constexpr size_t kAlignment = 8;

  Arena(void* memory, size_t size)
      : next_(static_cast<uint8_t*>(memory)), left_(size) {
    const size_t skip = (0 - reinterpret_cast<uintptr_t>(memory)) % kAlignment;
    left_ = skip > size ? 0 : size - skip;
    next_ += skip > size ? size : skip;
  }

  // `count` value-initialised (zero) elements, or nullptr when they do not fit;
  // then nothing is taken.
  template <typename T>
  T* Allocate(size_t count) {
    static_assert(alignof(T) <= kAlignment, "a piece is aligned to 8 bytes");
    if (count > left_ / sizeof(T)) return nullptr;
    size_t bytes = count * sizeof(T);
    bytes += (0 - bytes) % kAlignment;
    if (bytes > left_) return nullptr;
    T* piece = reinterpret_cast<T*>(next_);
    for (size_t i = 0; i < count; ++i) new (piece + i) T();
    next_ += bytes;
    left_ -= bytes;
    return piece;
  }

  // Bytes that are still free.
  size_t left() const { return left_; }

 private:
  uint8_t* next_;
  size_t left_;
};

}  // namespace tombola
