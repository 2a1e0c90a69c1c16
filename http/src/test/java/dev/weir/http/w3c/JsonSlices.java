// SPDX-License-Identifier: Apache-2.0
package dev.weir.http.w3c;

import java.util.ArrayList;
import java.util.List;

/** Cuts JSON into the texts of its parts: all that the harness's requests need. */
final class JsonSlices {

    private JsonSlices() {}

    /** The texts of an array's elements, or of an object's members. */
    static List<String> parts(String json) {
        String text = json.trim();
        List<String> parts = new ArrayList<>();
        int depth = 0;
        int start = 1;
        boolean string = false;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (string) {
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    string = false;
                }
            } else if (c == '"') {
                string = true;
            } else if (c == '[' || c == '{') {
                depth++;
            } else if (c == ']' || c == '}') {
                depth--;
            }
            boolean end = depth == 0 && i == text.length() - 1;
            if (!string && (end || depth == 1 && c == ',')) {
                String part = text.substring(start, i).trim();
                if (!part.isEmpty()) {
                    parts.add(part);
                }
                start = i + 1;
            }
        }
        return parts;
    }

    /** The text of the member {@code name} of an object. */
    static String member(String object, String name) {
        for (String part : parts(object)) {
            int colon = part.indexOf(':');
            if (part.substring(0, colon).trim().equals('"' + name + '"')) {
                return part.substring(colon + 1).trim();
            }
        }
        throw new IllegalArgumentException("no " + name + " in " + object);
    }

    /** The value of a string without escapes other than of slashes. */
    static String string(String json) {
        return json.substring(1, json.length() - 1).replace("\\/", "/");
    }
}
