//! Nodes as text, one line each, for tests that compare what a view shows with what it is meant to show.

use super::Node;

/// The nodes, indented by depth: tag, key, attributes, action; texts in quotes. Paths of icons are left out.
pub fn printed(nodes: &[Node]) -> String {
    let mut out = String::new();
    lines(nodes, 0, &mut out);
    out
}

fn lines(nodes: &[Node], depth: usize, out: &mut String) {
    let keys: Vec<_> = nodes.iter().filter_map(|node| node.key.map(|key| (node.tag, key))).collect();
    for (at, key) in keys.iter().enumerate() {
        assert!(!keys[..at].contains(key), "two siblings are {key:?}");
    }
    for node in nodes {
        out.push_str(&"  ".repeat(depth));
        out.push_str(&line(node));
        out.push('\n');
        lines(&node.children, depth + 1, out);
    }
}

fn line(node: &Node) -> String {
    if node.tag.is_empty() {
        return format!("{:?}", node.words);
    }
    let mut parts = vec![node.tag.to_owned()];
    parts.extend(node.key.map(|(kind, number)| format!("#{kind}:{number:x}")));
    for (name, value) in node.attributes.iter().filter(|(name, _)| *name != "d" && *name != "viewBox") {
        parts.push(format!("{name}={value:?}"));
    }
    parts.extend(node.action.as_ref().map(|action| format!("-> {action:?}")));
    parts.join(" ")
}
