// Dense operators with extreme fields, under a right checksum, on extreme
// activations: what the loader lets through has to be defined.
#include <doctest/doctest.h>

#include "firmware/core/nn/kernels_dense.h"
#include "tests/cpp/operator_ticket.h"

namespace tombola {
namespace {

double Real(Extremes* extremes) {
  return extremes->Pick<double>(
      {0.0, -0.0, 0.5, 1.0, 2147483647.0, -2147483648.0, 4294967296.0, 5e-324,
       1e-9, 0.499999999, 1e308, __builtin_inf(), __builtin_nan("")});
}

Image Dense(Extremes* extremes) {
  const uint16_t input = extremes->Tensor();
  const uint16_t scratch = extremes->Tensor();
  const auto batches = extremes->Pick<uint16_t>({1, 1, 1, 1, 0, 2, 0xFFFF});
  Image body = Body(DenseRecord{input, 2, scratch, batches, -32768, 32767, 0});
  const auto rows = extremes->Pick<uint16_t>({8, 8, 8, 4, 0, 0xFFFF});
  Append(&body, MatrixRecord{rows, kCount, kDoubleScaling, 0, 0});
  const Multiplier filler = extremes->Factor();
  for (uint32_t block = 0; block < kCount / kLanes; ++block) {
    for (uint32_t i = 0; i < kCount * kLanes / sizeof(filler); ++i) {
      Append(&body, filler);
    }
    DoubleScales scales;
    for (uint32_t row = 0; row < kLanes; ++row) {
      scales.bias[row] = extremes->Pick<int32_t>({0, 1, INT32_MIN, INT32_MAX});
      scales.scale[row] = Real(extremes);
    }
    Append(&body, scales);
  }
  return body;
}

TEST_CASE("dense operators of extreme fields are refused or defined") {
  Extremes extremes;
  int refused = 0, sound = 0;
  for (int round = 0; round < 4000; ++round) {
    const bool ran = !Run(kDense, Dense(&extremes), round % 2 != 0).empty();
    ++(ran ? sound : refused);
  }
  CHECK(refused > 300);
  CHECK(sound > 100);
}

}  // namespace
}  // namespace tombola
