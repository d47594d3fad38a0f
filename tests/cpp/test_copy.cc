// Moved elements with extreme fields, under a right checksum: what
// the loader lets through has to be defined, and what the format says.
#include <doctest/doctest.h>

#include "firmware/core/nn/kernels_copy.h"
#include "tests/cpp/operator_ticket.h"

namespace tombola {
namespace {

constexpr uint32_t kBytes = kCount * sizeof(int16_t);  // of a tensor

struct Copy {
  CopyRecord record;
  std::vector<CopyDimension> dimensions;

  Image body() const {
    Image body = Body(record);
    for (const CopyDimension& dimension : dimensions) Append(&body, dimension);
    return body;
  }
};

// Mostly inside two tensors of int16, often just so.
Copy AnyCopy(Extremes* extremes) {
  Copy copy = {};
  copy.record = {extremes->Tensor(), 2, extremes->Pick<uint32_t>({1, 2, 4, 6}),
                 extremes->Pick<uint32_t>({0, 1, 8, 14, 15}),
                 extremes->Pick<uint32_t>({0, 0, 2, 15})};
  if (extremes->OneIn(16)) {
    copy.record.run = extremes->Pick<uint32_t>({0, 17, 0xFFFFFFFF});
  }
  const auto count = extremes->Pick<uint32_t>({0, 1, 1, 2, 2, 3, 5, 6});
  for (uint32_t i = 0; i < count; ++i) {
    const auto stride = [&] {
      return extremes->OneIn(16)
                 ? extremes->Pick<int32_t>({INT32_MIN, INT32_MAX, 1 << 16})
                 : extremes->Pick<int32_t>({0, 1, 2, 4, -1, -2, 7});
    };
    const auto steps =
        extremes->OneIn(16)
            ? extremes->Pick<uint32_t>({0, 1, 1 << 16, 0xFFFFFFFF})
            : extremes->Pick<uint32_t>({2, 2, 2, 3, 4});
    const uint32_t reserved = extremes->OneIn(32) ? 1 : 0;
    copy.dimensions.push_back({steps, stride(), stride(), reserved});
  }
  return copy;
}

// What docs/formats/ticket.md says of a copy, run by run.
void Move(const Copy& copy, size_t depth, int64_t read, int64_t written,
          const std::vector<uint8_t>& from, std::vector<uint8_t>* to) {
  if (depth == copy.dimensions.size()) {
    REQUIRE(read >= 0);
    REQUIRE(written >= 0);
    REQUIRE(read + copy.record.run <= kBytes);
    REQUIRE(written + copy.record.run <= kBytes);
    for (uint32_t i = 0; i < copy.record.run; ++i) {
      (*to)[written + i] = from[read + i];
    }
    return;
  }
  const CopyDimension& dimension = copy.dimensions[depth];
  for (uint32_t i = 0; i < dimension.count; ++i) {
    Move(copy, depth + 1, read + int64_t{i} * dimension.input_stride,
         written + int64_t{i} * dimension.output_stride, from, to);
  }
}

TEST_CASE("copies of extreme fields are refused or move what they say") {
  std::vector<uint8_t> extreme_bytes(kBytes);
  std::memcpy(extreme_bytes.data(), kExtremes, kBytes);
  Extremes extremes;
  int refused = 0, sound = 0;
  for (int round = 0; round < 20000; ++round) {
    const Copy copy = AnyCopy(&extremes);
    const auto y = Run(kCopy, copy.body(), false);
    ++(y.empty() ? refused : sound);
    if (y.empty()) continue;
    std::vector<uint8_t> expected(kBytes);
    Move(copy, 0, copy.record.input_offset, copy.record.output_offset,
         extreme_bytes, &expected);
    for (uint32_t i = 0; i < kCount; ++i) {
      REQUIRE(y[i] == Read<int16_t>(&expected[i * sizeof(int16_t)]));
    }
  }
  CHECK(refused > 1000);
  CHECK(sound > 1000);
}

TEST_CASE("fills and constants take a tensor that is there") {
  CHECK(Run(kFill, Body(FillRecord{2, 0, 0x00070007}), false) ==
        std::vector<int32_t>(kCount, 7));
  CHECK(Run(kFill, Body(FillRecord{3, 0, 0}), false).empty());
  CHECK(Run(kFill, Body(FillRecord{2, 1, 0}), false).empty());
  Image constant = Body(ConstantRecord{2, 0, 0});
  for (const int16_t element : kExtremes) Append(&constant, element);
  CHECK(Run(kConstant, constant, false) ==
        std::vector<int32_t>(kExtremes, kExtremes + kCount));
  Append(&constant, uint64_t{0});
  CHECK(Run(kConstant, constant, false).empty());
  CHECK(Run(kConstant, Body(ConstantRecord{2, 0, 0}), false).empty());
}

}  // namespace
}  // namespace tombola
