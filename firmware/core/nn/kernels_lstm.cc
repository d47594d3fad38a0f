#include "firmware/core/nn/kernels_lstm.h"

#include <cstring>

#include "firmware/core/nn/dsp_instructions.h"

// The fixed-point sigmoid and tanh are those of Google's gemmlowp library
// (fixedpoint.h): an exponential by its power series near zero and factors for
// the rest, and a division by Newton's method, all in 16 bits.

namespace tombola {
namespace {

constexpr int kFractionBits = 15;
constexpr int32_t kOne = INT16_MAX;  // as near as 16 bits come to it
constexpr int kMaxCellBits = 6;
constexpr int kGateBits = 3;  // of gates before their sigmoid or tanh

// The product of two numbers of 16 bits / 2^15 to the nearest, ties up.
inline int32_t Product(int32_t a, int32_t b) {
  return MultiplyAddHalves(a, b, 1 << (kFractionBits - 1)) >> kFractionBits;
}

// exp(a) with 15 bits behind both points, for a below zero.
inline int32_t ExpOfNegative(int32_t a) {
  constexpr int kQuarterBits = kFractionBits - 2;
  constexpr int32_t kExpOfMinusEighth = 28918;
  constexpr int32_t kThird = 10923;
  // The series around -1/8 for what is left beyond whole quarters.
  const int32_t rest = a & ((1 << kQuarterBits) - 1);
  const int32_t x = rest - (1 << (kQuarterBits - 1));
  const int32_t x2 = Product(x, x);
  const int32_t x3 = Product(x2, x);
  const int32_t x4 = Product(x2, x2);
  const int32_t terms = Product(((x4 + 2) >> 2) + x3, kThird) + x2;
  int32_t result =
      kExpOfMinusEighth + Product(kExpOfMinusEighth, x + ((terms + 1) >> 1));
  // Times exp(-2^i / 4) for each of them; that of -16 is 0.
  const uint32_t quarters = ~static_cast<uint32_t>(a >> kQuarterBits);
  if (quarters & 1) result = Product(result, 25520);
  if (quarters & 2) result = Product(result, 19875);
  if (quarters & 4) result = Product(result, 12055);
  if (quarters & 8) result = Product(result, 4435);
  if (quarters & 16) result = Product(result, 600);
  if (quarters & 32) result = Product(result, 11);
  return quarters >= 64 ? 0 : result;
}

// A step of Newton's method to 1 / half, with 13 bits behind the result's point
// and 15 behind half's.
inline int32_t Refine(int32_t x, int32_t half) {
  return x + Product(x, (1 << 13) - Product(half, x)) * 4;
}

// 2 / (1 + exp(a)), with 13 bits behind the point.
__attribute__((noinline)) int32_t TwiceSigmoidOfMinus(int32_t a) {
  constexpr int32_t k48Over17 = 23130;
  constexpr int32_t kMinus32Over17 = -15420;
  const int32_t half = (ExpOfNegative(a) + kOne + 1) >> 1;
  const int32_t x = k48Over17 + Product(half, kMinus32Over17);
  return Refine(Refine(Refine(x, half), half), half);
}

inline int32_t Size(int32_t x) { return x < 0 ? -x : x; }

// The sigmoid of a number with 12 bits behind the point; 15 behind the
// result's.
inline int32_t Sigmoid(int32_t x) {
  if (x == 0) return (kOne + 1) / 2;
  const int32_t y = 2 * TwiceSigmoidOfMinus(-Size(x) * (1 << kGateBits));
  const int32_t limited = y > kOne ? kOne : y;
  return x < 0 ? kOne - limited : limited;
}

// The tanh of a number with `bits` before the point, by that of half of it.
inline int32_t Tanh(int32_t x, int bits) {
  if (x == 0) return 0;
  const int32_t twice = TwiceSigmoidOfMinus(-Size(x) * (2 << bits));
  const int32_t y = 4 * (twice - (1 << 13));
  const int32_t limited = y > kOne ? kOne : y;
  return x < 0 ? -limited : limited;
}

struct Gates {
  int32_t values[kGates];
};

// A unit's biases and, for each four columns, weights times x. On its own it
// has registers enough.
__attribute__((noinline)) Gates SumGates(const uint8_t* unit, const uint8_t* x,
                                         uint32_t columns) {
  const auto biases = Read<GateBiases>(unit);
  const uint8_t* weights = unit + sizeof(biases);
  uint32_t input = static_cast<uint32_t>(biases.gates[0]);
  uint32_t forget = static_cast<uint32_t>(biases.gates[1]);
  uint32_t cell = static_cast<uint32_t>(biases.gates[2]);
  uint32_t output = static_cast<uint32_t>(biases.gates[3]);
  const uint8_t* end = x + columns;
  for (; x != end; x += kLanes, weights += kLanes * kGates) {
    const uint32_t word = Read<uint32_t>(x);
    const uint32_t even = WidenEvenBytes(word);
    const uint32_t odd = WidenOddBytes(word);
    const uint32_t w0 = Read<uint32_t>(weights);
    input = DotPairs(WidenEvenBytes(w0), even, input);
    input = DotPairs(WidenOddBytes(w0), odd, input);
    const uint32_t w1 = Read<uint32_t>(weights + 4);
    forget = DotPairs(WidenEvenBytes(w1), even, forget);
    forget = DotPairs(WidenOddBytes(w1), odd, forget);
    const uint32_t w2 = Read<uint32_t>(weights + 8);
    cell = DotPairs(WidenEvenBytes(w2), even, cell);
    cell = DotPairs(WidenOddBytes(w2), odd, cell);
    const uint32_t w3 = Read<uint32_t>(weights + 12);
    output = DotPairs(WidenEvenBytes(w3), even, output);
    output = DotPairs(WidenOddBytes(w3), odd, output);
  }
  return {{static_cast<int32_t>(input), static_cast<int32_t>(forget),
           static_cast<int32_t>(cell), static_cast<int32_t>(output)}};
}

// Bytes of a unit's weights and biases for `columns` inputs or states.
uint32_t HalfUnitBytes(uint32_t columns) {
  return RoundUpToLanes(columns) * kGates + sizeof(GateBiases);
}

bool IsA(const Operator& op, uint16_t index, TensorType type, uint32_t count) {
  if (index >= op.ticket->tensors()) return false;
  const TensorRecord tensor = op.ticket->tensor(index);
  return tensor.type == type && tensor.count == count && tensor.group == 0;
}

// Weights of any bytes add up to 2^14 a column.
bool AreInRange(const Multiplier (&scales)[kGates], uint32_t columns,
                uint32_t largest_bias) {
  const int64_t largest = (int64_t{columns} << 14) + largest_bias;
  for (const Multiplier& scale : scales) {
    if (!IsValid(scale) || largest << scale.left >= 1 << 30) return false;
  }
  return true;
}

// The bits that biases have in their sizes: those of the largest one, and
// perhaps of others.
uint32_t BiasBits(const uint8_t* units, uint32_t unit_bytes, uint32_t count) {
  uint32_t bits = 0;
  for (uint32_t i = 0; i < count; ++i, units += unit_bytes) {
    const auto biases = Read<GateBiases>(units);
    for (const int32_t bias : biases.gates) {
      bits |= static_cast<uint32_t>(bias ^ (bias >> 31));
    }
  }
  return bits;
}

bool CheckLstm(const Operator& op, uint32_t* work) {
  if (op.bytes < sizeof(LstmRecord)) return false;
  const auto record = Read<LstmRecord>(op.body);
  const uint32_t inputs = record.inputs;
  const uint32_t units = record.units;
  const uint32_t steps = record.steps;
  // Within bounds here, for all products below.
  if (inputs > kMaxElements || units > kMaxElements || steps > kMaxElements ||
      !IsA(op, record.input, kInt8, steps * inputs) ||
      !IsA(op, record.output, kInt8, steps * units) ||
      !IsA(op, record.output_state, kInt8, units) ||
      !IsA(op, record.cell_state, kInt16, units) ||
      !IsA(op, record.scratch, kInt8, RoundUpToLanes(inputs)) ||
      record.cell_clip < 0 || record.cell_bits > kMaxCellBits ||
      record.reserved != 0 || !IsValid(record.output_scale) ||
      record.output_scale.left != 0) {
    return false;
  }
  const uint16_t tensors[] = {record.input, record.output, record.output_state,
                              record.cell_state, record.scratch};
  for (const uint16_t& a : tensors) {
    for (const uint16_t* b = tensors; b != &a; ++b) {
      if (!AreApart(op.ticket->tensor(a), op.ticket->tensor(*b))) return false;
    }
  }
  const uint32_t input_bytes = HalfUnitBytes(inputs);
  const uint32_t unit_bytes = input_bytes + HalfUnitBytes(units);
  const uint64_t products = uint64_t{steps} * units * unit_bytes;
  if (op.bytes != sizeof(record) + uint64_t{units} * unit_bytes ||
      products > kMaxWork) {
    return false;
  }
  *work += static_cast<uint32_t>(products);
  const uint8_t* body = op.body + sizeof(record);
  const uint32_t input_bias = BiasBits(body, unit_bytes, units);
  const uint32_t recurrent_bias =
      BiasBits(body + input_bytes, unit_bytes, units);
  return AreInRange(record.input_scales, RoundUpToLanes(inputs), input_bias) &&
         AreInRange(record.recurrent_scales, RoundUpToLanes(units),
                    recurrent_bias);
}

// From sums to gates in steps of 2^-12.
class GateScaling {
 public:
  explicit GateScaling(const Multiplier& factor)
      : scaling_(factor), twice_(2 << factor.left) {}

  // The gate with what comes from a sum, as 16 bits.
  int32_t operator()(int32_t sum, int32_t gate) const {
    return SaturateToInt16(scaling_.OfHalf(sum * twice_, gate));
  }

 private:
  Scaling scaling_;
  int32_t twice_;
};

// What goes into the gates from the inputs, or from the output of before.
class Side {
 public:
  Side(const uint8_t* x, uint32_t columns, const Multiplier (&scales)[kGates])
      : x_(x),
        columns_(RoundUpToLanes(columns)),
        scalings_{GateScaling(scales[0]), GateScaling(scales[1]),
                  GateScaling(scales[2]), GateScaling(scales[3])} {}

  // Returns the gates with what this adds to them, and goes on in the unit.
  Gates Add(const Gates& gates, const uint8_t** unit) const {
    const Gates sums = SumGates(*unit, x_, columns_);
    *unit += sizeof(GateBiases) + columns_ * kGates;
    return {{scalings_[0](sums.values[0], gates.values[0]),
             scalings_[1](sums.values[1], gates.values[1]),
             scalings_[2](sums.values[2], gates.values[2]),
             scalings_[3](sums.values[3], gates.values[3])}};
  }

 private:
  const uint8_t* x_;
  uint32_t columns_;
  GateScaling scalings_[kGates];
};

// What becomes of a unit's gates.
class Cell {
 public:
  explicit Cell(const LstmRecord& record)
      : forget_(kFractionBits),
        input_(kFractionBits + record.cell_bits),
        output_(record.output_scale),
        bits_(record.cell_bits),
        zero_point_(record.output_zero_point),
        low_(record.cell_clip != 0 ? -record.cell_clip : INT16_MIN),
        high_(record.cell_clip != 0 ? record.cell_clip : INT16_MAX) {}

  // Changes the cell state and returns the output.
  int8_t Update(const Gates& gates, int16_t* state) const {
    const int32_t kept = forget_(Sigmoid(gates.values[1]) * *state);
    const int32_t added =
        Sigmoid(gates.values[0]) * Tanh(gates.values[2], kGateBits);
    const int32_t cell = Clamp(input_(added, kept), low_, high_);
    *state = static_cast<int16_t>(cell);
    const int32_t output = Sigmoid(gates.values[3]) * Tanh(cell, bits_);
    return static_cast<int8_t>(
        SaturateToInt8(output_.OfHalf(2 * output, zero_point_)));
  }

 private:
  RoundingDivision forget_;
  RoundingDivision input_;
  Scaling output_;
  int bits_;
  int32_t zero_point_;
  int32_t low_;
  int32_t high_;
};

void RunLstm(const Operator& op, uint8_t* memory) {
  const auto record = Read<LstmRecord>(op.body);
  const Ticket& ticket = *op.ticket;
  const int8_t* x = Elements<int8_t>(ticket.tensor(record.input), memory);
  int8_t* y = Elements<int8_t>(ticket.tensor(record.output), memory);
  uint8_t* state =
      Elements<uint8_t>(ticket.tensor(record.output_state), memory);
  int16_t* cells = Elements<int16_t>(ticket.tensor(record.cell_state), memory);
  uint8_t* aligned = Elements<uint8_t>(ticket.tensor(record.scratch), memory);
  const Side from_input(aligned, record.inputs, record.input_scales);
  const Side from_state(state, record.units, record.recurrent_scales);
  const Cell cell(record);
  for (uint32_t step = 0; step < record.steps; ++step) {
    std::memcpy(aligned, x, record.inputs);
    x += record.inputs;
    const uint8_t* unit = op.body + sizeof(record);
    for (uint32_t i = 0; i < record.units; ++i) {
      const Gates gates = from_input.Add(Gates(), &unit);
      y[i] = cell.Update(from_state.Add(gates, &unit), &cells[i]);
    }
    std::memcpy(state, y, record.units);
    y += record.units;
  }
}

}  // namespace

const OperatorFunctions kLstmFunctions = {CheckLstm, RunLstm};

}  // namespace tombola
