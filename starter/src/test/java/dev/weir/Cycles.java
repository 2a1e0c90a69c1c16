// SPDX-License-Identifier: Apache-2.0
package dev.weir;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Finds which nodes of a directed graph can reach each other (strongly connected components, R. Tarjan, 1972). */
final class Cycles {

    private final Map<String, Set<String>> graph;
    private final Map<String, Integer> index = new HashMap<>();
    private final Map<String, Integer> lowest = new HashMap<>();
    private final Deque<String> stack = new ArrayDeque<>();
    private final Set<Set<String>> found = new LinkedHashSet<>();

    private Cycles(Map<String, Set<String>> graph) {
        this.graph = graph;
    }

    /** The sets of two or more nodes of which each reaches all others. */
    static Set<Set<String>> of(Map<String, Set<String>> graph) {
        Cycles cycles = new Cycles(new TreeMap<>(graph));
        for (String node : cycles.graph.keySet()) {
            if (!cycles.index.containsKey(node)) {
                cycles.visit(node);
            }
        }
        return cycles.found;
    }

    private void visit(String node) {
        int number = index.size();
        index.put(node, number);
        lowest.put(node, number);
        stack.push(node);
        for (String next : graph.getOrDefault(node, Set.of())) {
            if (!index.containsKey(next)) {
                visit(next);
                lowest.merge(node, lowest.get(next), Math::min);
            } else if (stack.contains(next)) {
                lowest.merge(node, index.get(next), Math::min);
            }
        }
        if (lowest.get(node) == number) {
            Set<String> component = new TreeSet<>();
            String member;
            do {
                member = stack.pop();
                component.add(member);
            } while (!member.equals(node));
            if (component.size() > 1) {
                found.add(component);
            }
        }
    }
}
