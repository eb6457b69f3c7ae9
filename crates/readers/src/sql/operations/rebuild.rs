use coexist_model::Operation;
/// Placeholder.
pub(super) fn as_alterations(operations: Vec<Operation>) -> Vec<Operation> {
    operations
}
