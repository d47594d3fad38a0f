#include "firmware/core/nn/operators.h"

#include "firmware/core/nn/kernels_activation.h"
#include "firmware/core/nn/kernels_convolution.h"
#include "firmware/core/nn/kernels_copy.h"
#include "firmware/core/nn/kernels_dense.h"
#include "firmware/core/nn/kernels_depthwise.h"
#include "firmware/core/nn/kernels_elementwise.h"
#include "firmware/core/nn/kernels_lstm.h"
#include "firmware/core/nn/kernels_pooling.h"
#include "firmware/core/nn/kernels_quantize.h"
#include "firmware/core/nn/kernels_softmax.h"

#ifndef TOMBOLA_OPERATOR_LIST
#define TOMBOLA_OPERATOR_LIST "firmware/core/nn/operator_list.h"
#endif

namespace tombola {

const OperatorFunctions* FindOperator(uint16_t kind) {
  switch (kind) {
#define OPERATOR(kind, functions) \
  case kind:                      \
    return &(functions);
#include TOMBOLA_OPERATOR_LIST
#undef OPERATOR
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
  return from.type == to.type && from.count == to.count &&
         from.group == to.group &&
         (from.offset == to.offset || AreApart(from, to));
}

}  // namespace tombola
