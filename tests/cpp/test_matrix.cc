// Matrices of any bytes: their product is defined, and what the format says.
#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <vector>

#include "firmware/core/dsp/xorshift.h"
#include "firmware/core/nn/matrix.h"

namespace tombola {
namespace {

// Bytes at a multiple of 8.
class Bytes {
 public:
  Bytes(uint32_t size, Xorshift* random) : words_((size + 7) / 8) {
    for (uint64_t& word : words_) {
      word = uint64_t{random->Next()} << 32 | random->Next();
    }
  }

  uint8_t* data() { return reinterpret_cast<uint8_t*>(words_.data()); }

 private:
  std::vector<uint64_t> words_;
};

// The weight of a row and column, from docs/formats/ticket.md's picture.
template <typename T>
int32_t Weight(const uint8_t* block, uint32_t row, uint32_t column) {
  constexpr uint32_t kPlaces[] = {0, sizeof(T) == 1 ? 2u : 1u,
                                  sizeof(T) == 1 ? 1u : 2u, 3};
  const uint32_t place = kPlaces[column % kLanes];
  const uint8_t byte = block[column / kLanes * 16 + place / 2 * 8 +
                             row / 2 * 4 + place % 2 * 2 + (1 - row % 2)];
  return row % 2 != 0 ? byte - 128 : static_cast<int8_t>(byte);
}

int64_t Rounded(double value) {
  if (std::isnan(value)) return 0;
  return std::llround(std::fmin(std::fmax(value, INT32_MIN), INT32_MAX));
}

// An element of the product; sums are taken modulo 2^32.
int64_t Element(const MatrixRecord& record, const uint8_t* scales, uint32_t row,
                int64_t sum) {
  if (record.scaling == kDoubleScaling) {
    const auto all = Read<DoubleScales>(scales);
    const auto total = static_cast<int32_t>(sum + all.bias[row]);
    return Rounded(total * all.scale[row]) + record.zero_point;
  }
  const auto scale = Read<IntegerScale>(scales + row * sizeof(IntegerScale));
  const uint64_t total = static_cast<uint64_t>(static_cast<int32_t>(sum) *
                                               int64_t{scale.multiplier}) +
                         static_cast<uint64_t>(scale.constant);
  const uint32_t shift = scale.shift % 256;
  return static_cast<int32_t>(total >> 32) >> (shift > 31 ? 31 : shift);
}

template <typename T>
void Check(MatrixScaling scaling, Xorshift* random) {
  const auto up_to = [&](uint32_t n) { return 1 + random->Next() % n; };
  const auto zero_point =
      static_cast<int8_t>(sizeof(T) == 1 ? random->Next() : 0);
  const MatrixRecord record = {static_cast<uint16_t>(up_to(9)),
                               static_cast<uint16_t>(up_to(40)), scaling,
                               zero_point, 0};
  Bytes matrix(MatrixBytes(record), random);
  std::memcpy(matrix.data(), &record, sizeof(record));
  const uint32_t columns = up_to(record.columns);
  const uint32_t rows = up_to(record.rows);
  Bytes x(RoundUpToLanes(columns) * sizeof(T), random);
  Bytes y(RoundUpToLanes(rows) * sizeof(T), random);
  Bytes elements(RoundUpToLanes(columns) * sizeof(int16_t), random);
  const int point = static_cast<int8_t>(random->Next());
  const T* from = reinterpret_cast<const T*>(x.data());
  T* to = reinterpret_cast<T*>(y.data());
  const Vector vector = Widen(from, columns, sizeof(T) == 1 ? point : 0,
                              reinterpret_cast<int16_t*>(elements.data()));
  Multiply(matrix.data(), vector, rows, to);
  const uint32_t weight_bytes = RoundUpToLanes(record.columns) * kLanes;
  const uint32_t block_bytes =
      weight_bytes + (scaling == kDoubleScaling ? 48 : 64);
  for (uint32_t row = 0; row < rows; ++row) {
    const uint8_t* block =
        matrix.data() + sizeof(record) + row / kLanes * block_bytes;
    int64_t sum = 0;
    for (uint32_t column = 0; column < RoundUpToLanes(columns); ++column) {
      const int32_t element = from[column] - (sizeof(T) == 1 ? point : 0);
      sum += int64_t{element} * Weight<T>(block, row % kLanes, column);
    }
    const int64_t element =
        Element(record, block + weight_bytes, row % kLanes, sum);
    const int64_t high = sizeof(T) == 1 ? INT8_MAX : INT16_MAX;
    const int64_t expected = element < -high - 1 ? -high - 1
                             : element > high    ? high
                                                 : element;
    REQUIRE(to[row] == expected);
  }
}

TEST_CASE("a matrix of any bytes gives the format's elements") {
  Xorshift random;
  for (int round = 0; round < 5000; ++round) {
    Check<int8_t>(kIntegerScaling, &random);
    Check<int8_t>(kDoubleScaling, &random);
    Check<int16_t>(kDoubleScaling, &random);
  }
}

}  // namespace
}  // namespace tombola
