#include "firmware/core/nn/operators.h"

#include "firmware/core/nn/kernels_activation.h"
#include "firmware/core/nn/kernels_dense.h"
#include "firmware/core/nn/kernels_elementwise.h"

namespace tombola {

const OperatorFunctions* FindOperator(uint16_t kind) {
  switch (kind) {
    case kDense:
      return &kDenseFunctions;
    case kAdd:
      return &kAddFunctions;
    case kAddShifted:
      return &kAddShiftedFunctions;
    case kMultiply:
      return &kMultiplyFunctions;
    case kRescale:
      return &kRescaleFunctions;
    case kLogistic:
      return &kLogisticFunctions;
    case kTanh:
      return &kTanhFunctions;
    default:
      return nullptr;
  }
}

bool AreApart(const TensorRecord& a, const TensorRecord& b) {
  return a.offset + TensorBytes(a) <= b.offset ||
         b.offset + TensorBytes(b) <= a.offset;
}

bool MayStream(const Ticket& ticket, uint16_t source, uint16_t target) {
  if (source >= ticket.tensors() || target >= ticket.tensors()) return false;
  const TensorRecord from = ticket.tensor(source);
  const TensorRecord to = ticket.tensor(target);
  return from.count == to.count &&
         (from.offset == to.offset || AreApart(from, to));
}

}  // namespace tombola
