//! Messages that are put where they outlive the version that wrote them: a queue, a cache, a file, a column.

use std::collections::BTreeMap;

use coexist_model::{Access, Confidence, Mode, SurfaceKind};

use crate::code::syntax::Id;

use super::Wire;
use super::values::callee_path;

/// Calls that turn a message into bytes.
const ENCODERS: &[&str] = &[
    "Marshal",
    "MarshalTo",
    "MarshalVT",
    "MarshalAppend",
    "SerializeToString",
    "SerializePartialToString",
    "toByteArray",
    "toByteString",
    "writeTo",
    "writeDelimitedTo",
    "encode",
    "encode_to_vec",
    "encodeDelimited",
    "toBinary",
    "serializeBinary",
    "to_proto",
    "write_to_bytes",
];

/// Calls that turn bytes into a message.
const DECODERS: &[&str] = &[
    "Unmarshal",
    "UnmarshalVT",
    "ParseFromString",
    "FromString",
    "MergeFromString",
    "parseFrom",
    "parseDelimitedFrom",
    "decode",
    "decodeDelimited",
    "fromBinary",
    "deserializeBinary",
    "parse_from_bytes",
    "merge",
];

/// What in the name of a call puts bytes somewhere, lowercase and without underscores.
const SINKS: &[&str] = &[
    "publish",
    "produce",
    "enqueue",
    "sendmessage",
    "putobject",
    "writefile",
    "setex",
    "xadd",
    "lpush",
    "rpush",
    "putitem",
    "store",
    "insert",
    "upload",
    "save",
    "hset",
    "putrecord",
    "sendtoqueue",
    "put",
    "set",
    "write",
    "send",
    "append",
    "execute",
    "exec",
];
/// What in the name of a call takes bytes from somewhere, likewise.
const SOURCES: &[&str] = &[
    "consume",
    "poll",
    "receive",
    "readfile",
    "getobject",
    "fetchmessage",
    "readmessage",
    "dequeue",
    "subscribe",
    "lpop",
    "rpop",
    "xread",
    "hget",
    "getitem",
    "download",
    "load",
    "get",
    "read",
    "query",
    "queryrow",
    "scan",
];

impl Wire<'_, '_, '_, '_> {
    /// Adds the messages that a function encodes or decodes, and is seen to store or fetch.
    pub(super) fn rest(&self, accesses: &mut Vec<Access>) {
        let s = self.context.syntax;
        if self.of_kind(SurfaceKind::Message).next().is_none() {
            return;
        }
        // Whether a function has a sink and a source, found out when it is asked for.
        let mut seen: BTreeMap<Option<Id>, [bool; 2]> = BTreeMap::new();
        for id in s.all() {
            let Some(call) = s.call(id) else { continue };
            let name = s.called(call);
            let (encodes, decodes) = (ENCODERS.contains(&name), DECODERS.contains(&name));
            if !encodes && !decodes {
                continue;
            }
            let Some(index) = self.coded(id) else {
                continue;
            };
            let function = s.function(id);
            let [sink, source] = *seen.entry(function).or_insert_with(|| self.ends(function));
            let (mode, both) = if encodes && (!decodes || sink) {
                (Mode::Publishes, sink)
            } else {
                (Mode::Consumes, source)
            };
            let confidence = if both {
                Confidence::High
            } else {
                Confidence::Medium
            };
            self.add(id, &self.known[index], None, mode, confidence, accesses);
        }
    }

    /// Returns the message that a call encodes or decodes: its receiver, its type, or an argument.
    fn coded(&self, id: Id) -> Option<usize> {
        let s = self.context.syntax;
        let call = s.call(id)?;
        let message = |at: Id| {
            let value = self
                .values
                .value_target(s, &self.known, at)
                .filter(|t| !t.client)
                .map(|t| t.known);
            let typed = || {
                let path = s.path(at)?;
                self.of_kind(SurfaceKind::Message)
                    .find(|(_, k)| k.reach.covers(&path, &k.names.types) == Some(path.len()))
                    .map(|(index, _)| index)
            };
            value.or_else(typed)
        };
        let receiver = s.receiver(call).and_then(message);
        let by_path = || {
            let path = callee_path(s, s.bare(call.callee))?;
            self.of_kind(SurfaceKind::Message)
                .find(|(_, k)| k.reach.covers(&path, &k.names.types) == Some(path.len() - 1))
                .map(|(index, _)| index)
        };
        let found = receiver
            .or_else(by_path)
            .or_else(|| s.arguments(call).into_iter().find_map(message))?;
        (self.known[found].surface.kind == SurfaceKind::Message).then_some(found)
    }

    /// Returns whether a function calls something that stores bytes, and something that fetches them.
    fn ends(&self, function: Option<Id>) -> [bool; 2] {
        let s = self.context.syntax;
        let Some(function) = function else {
            return [false; 2];
        };
        let mut ends = [false; 2];
        for id in s.below(function) {
            let Some(call) = s.call(id).filter(|&c| s.receiver(c).is_some()) else {
                continue;
            };
            let name = s.called(call).to_lowercase().replace('_', "");
            // Names that mean anything must be called on something that keeps bytes.
            let holder = s
                .receiver(call)
                .map(|r| s.text(r).to_lowercase())
                .unwrap_or_default();
            let keeps = [
                "queue", "cache", "redis", "kafka", "producer", "consumer", "writer", "reader",
                "bucket", "store", "storage", "db", "s3", "topic", "conn", "pubsub", "nats", "sqs",
                "memcache", "file", "os", "tx", "kv", "channel", "broker", "client",
            ];
            let holds = holder.len() < 100
                && keeps.iter().any(|k| {
                    holder
                        .split(['.', ':', '_', '('])
                        .any(|w| w == *k || (k.len() > 3 && w.contains(k)))
                });
            let is = |list: &[&str]| {
                list.iter().enumerate().any(|(rank, n)| {
                    name == *n && (rank < 9 || holds) || (rank < 9 && name.starts_with(n))
                })
            };
            ends[0] |= is(SINKS);
            ends[1] |= is(SOURCES);
        }
        ends
    }
}
